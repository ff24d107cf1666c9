/** t("…") knows its keys: a text that is not in locales/en is a type error. */
import "i18next";
import type accounts from "./locales/en/accounts.json";
import type audit from "./locales/en/audit.json";
import type channels from "./locales/en/channels.json";
import type composer from "./locales/en/composer.json";
import type devices from "./locales/en/devices.json";
import type members from "./locales/en/members.json";
import type overview from "./locales/en/overview.json";
import type packages from "./locales/en/packages.json";
import type phone from "./locales/en/phone.json";
import type plans from "./locales/en/plans.json";
import type products from "./locales/en/products.json";
import type pushes from "./locales/en/pushes.json";
import type session from "./locales/en/session.json";
import type settings from "./locales/en/settings.json";
import type shell from "./locales/en/shell.json";
import type tags from "./locales/en/tags.json";
import type vendors from "./locales/en/vendors.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: {
      accounts: typeof accounts;
      audit: typeof audit;
      channels: typeof channels;
      composer: typeof composer;
      devices: typeof devices;
      members: typeof members;
      overview: typeof overview;
      packages: typeof packages;
      phone: typeof phone;
      plans: typeof plans;
      products: typeof products;
      pushes: typeof pushes;
      session: typeof session;
      settings: typeof settings;
      shell: typeof shell;
      tags: typeof tags;
      vendors: typeof vendors;
    };
  }
}
