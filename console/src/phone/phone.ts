/**
 * A virtual phone: the device client that apps use, with a screen, a user, and a log.
 *
 * Only its registration differs from an app's: the console registers it for the member, so the page has no Access Key.
 */
import { DeviceClient, type Event, type Message, RefusedError, type Registered } from "@rockdove/device-client";
import { api } from "../api/client";
import { ApiError } from "../api/errors";
import type { Identity } from "./identity";
import { type Entry, logged } from "./log";
import { type Notice, noticeOf, type Opens, withNotice } from "./notices";

/** What is kept in localStorage beside the client's own state. */
interface Kept {
  account: string;
  accountType: number;
  bound: boolean;
  /** As its user wants it. */
  online: boolean;
  /** Notifications are allowed. */
  allowed: boolean;
  notices: Notice[];
}

export interface Profile {
  platform: "android" | "ios";
  brand: string;
  model: string;
  language: string;
  os_version: string;
  app_version: string;
  sdk_version: string;
}

export interface PhoneState extends Kept {
  /** It is a device; else it has to be switched on first. */
  on: boolean;
  connected: boolean;
  token: string;
  /** What the last tap has opened, until the user comes back. */
  opened: Opens | undefined;
  log: readonly Entry[];
}

const NEW: Kept = { account: "", accountType: 0, bound: true, online: true, allowed: true, notices: [] };

export class Phone {
  #state: PhoneState;
  readonly #client: DeviceClient;
  readonly #watchers = new Set<() => void>();

  constructor(
    private readonly accessId: number,
    readonly identity: Identity,
    private readonly profile: Profile,
    private readonly onSignedOut: () => void,
  ) {
    const kept = localStorage.getItem(this.#key);
    this.#state = {
      ...NEW,
      ...(kept && (JSON.parse(kept) as Kept)),
      on: kept !== null,
      connected: false,
      token: "",
      opened: undefined,
      log: [],
    };
    this.#client = new DeviceClient({
      url: location.origin,
      application: { access_id: accessId, access_key: "", profile: { ...profile } },
      storage: {
        getItem: () => localStorage.getItem(this.#deviceKey),
        setItem: (_, value) => localStorage.setItem(this.#deviceKey, value),
      },
      register: (body) => this.#register(body),
      onMessage: (message, replaces) => this.#show(message, replaces),
      onRecall: (pushId) => this.#recall(pushId),
      onOnline: (online) => this.#connected(online),
      onError: (error) => this.#failed(error),
    });
  }

  get state(): PhoneState {
    return this.#state;
  }

  watch = (changed: () => void) => {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  };

  /** Goes on as it was left. */
  async wake(): Promise<void> {
    if (!this.#state.on) return;
    this.#change({ token: this.#keptToken });
    if (this.#state.online) await this.#client.start();
  }

  /** The tab is closed, or shows another page. */
  async sleep(): Promise<void> {
    await this.#client.stop();
    this.identity.release();
  }

  async switchOn(account: string, accountType: number): Promise<void> {
    this.#change({ ...NEW, on: true, account, accountType, bound: !account });
    await this.#client.start();
  }

  async goOnline(online: boolean): Promise<void> {
    this.#change({ online });
    if (online) await this.#client.start();
    else await this.#client.stop();
    if (!online) this.#log("offline");
  }

  /** One account, in place of the one before. */
  async bind(account: string, accountType: number): Promise<void> {
    this.#change({ account, accountType, bound: false });
    if (this.#state.connected) await this.#bind();
  }

  allow(allowed: boolean): void {
    this.#change({ allowed });
    this.#log(allowed ? "allowed" : "disallowed");
    if (this.#state.online) this.#client.update({ ...this.profile });
  }

  tap(notice: Notice): void {
    this.#change({ opened: notice.opens });
    this.#leave(notice, "clicked");
  }

  clear(notice: Notice): void {
    this.#leave(notice, "cleared");
  }

  /** Back from what a tap has opened. */
  goHome(): void {
    this.#change({ opened: undefined });
  }

  /** The device is unregistered, and nothing of it stays in this browser. */
  async forget(): Promise<void> {
    await this.#client.unregister().catch(() => this.#client.stop());
    localStorage.removeItem(this.#deviceKey);
    this.#change({ ...NEW, on: false, connected: false, token: "", opened: undefined, log: [] });
    localStorage.removeItem(this.#key);
  }

  async #register(body: Record<string, unknown>): Promise<Registered> {
    const { token = "", device_secret = "" } = body as { token?: string; device_secret?: string };
    const { platform: _, ...about } = this.profile;
    const { data, error, response } = await api.POST("/apps/{access_id}/phone", {
      params: { path: { access_id: this.accessId } },
      body: { ...about, token, device_secret, notifications: this.#state.allowed },
    });
    if (!data) {
      if (response.status === 401) this.onSignedOut();
      const { code } = (error ?? {}) as { code?: string };
      throw new RefusedError(response.status, code ?? "", ApiError.of(response.status, error).message);
    }
    this.#log(token ? "registeredAgain" : "registered", { token: data.token });
    this.#change({ token: data.token });
    return data;
  }

  #show(message: Message, replaces: string): void {
    const notice = noticeOf(message, Date.now());
    const { pushId, title } = notice;
    if (message.type === "message") {
      this.#log("silent", { pushId, title });
      return;
    }
    const replaced = replaces && this.#state.notices.some((one) => one.pushId === replaces);
    this.#log(replaced ? "replaced" : "arrived", { pushId, title, replaces });
    this.#change({ notices: withNotice(this.#state.notices, notice, replaces) });
    this.#report(pushId, "shown");
  }

  #recall(pushId: string): void {
    this.#log("recalled", { pushId });
    this.#change({ notices: this.#state.notices.filter((one) => one.pushId !== pushId) });
  }

  #leave({ pushId, title }: Notice, event: "clicked" | "cleared"): void {
    this.#log(event, { pushId, title });
    this.#change({ notices: this.#state.notices.filter((one) => one.pushId !== pushId) });
    this.#report(pushId, event);
  }

  /** Not waited for: messages and reports have their turn one after the other. */
  #report(pushId: string, event: Event): void {
    void this.#client.report(pushId, event);
  }

  #connected(connected: boolean): void {
    if (connected) this.#log("synced");
    else if (this.#state.connected && this.#state.online) this.#log("lost");
    this.#change({ connected });
    if (connected && !this.#state.bound) void this.#bind();
  }

  async #bind(): Promise<void> {
    const { account, accountType } = this.#state;
    try {
      await this.#client.call("accounts", { operation: "clear" });
      if (account)
        await this.#client.call("accounts", {
          operation: "upsert",
          accounts: [{ account, account_type: accountType }],
        });
      this.#change({ bound: true });
      this.#log(account ? "bound" : "unbound", { account, accountType });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof RefusedError && error.code === "binding_disabled") this.#log("bindingDisabled");
    else if (error instanceof RefusedError) this.#log("refused", { reason: error.message });
    else this.#log("unreachable");
  }

  #log(what: Entry["what"], values: Entry["values"] = {}): void {
    this.#change({ log: logged(this.#state.log, { what, values, at: Date.now() }) });
  }

  #change(change: Partial<PhoneState>): void {
    this.#state = { ...this.#state, ...change };
    const { account, accountType, bound, online, allowed, notices, on } = this.#state;
    const kept: Kept = { account, accountType, bound, online, allowed, notices };
    if (on) localStorage.setItem(this.#key, JSON.stringify(kept));
    for (const changed of this.#watchers) changed();
  }

  get #keptToken(): string {
    const kept = localStorage.getItem(this.#deviceKey);
    return kept ? (JSON.parse(kept) as { token: string }).token : "";
  }

  get #key(): string {
    return `${this.identity.prefix}phone`;
  }

  get #deviceKey(): string {
    return `${this.identity.prefix}device`;
  }
}
