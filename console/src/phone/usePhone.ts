import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Application } from "../api/products";
import { keys } from "../api/queries";
import { claim } from "./identity";
import { Phone, type PhoneState } from "./phone";

/** This tab's phone of an application; undefined until it is known which one it is. */
export function usePhone({ access_id, platform }: Application): { phone: Phone; state: PhoneState } | undefined {
  const client = useQueryClient();
  const [phone, setPhone] = useState<Phone>();

  useEffect(() => {
    let shown = true;
    const claiming = claim(access_id).then((identity) => {
      const profile = {
        platform: platform === "ios" ? ("ios" as const) : ("android" as const),
        brand: "Rockdove",
        model: `Virtual phone ${identity.number}`,
        language: navigator.language,
        os_version: "",
        app_version: "",
        sdk_version: "",
      };
      const found = new Phone(access_id, identity, profile, () => client.invalidateQueries({ queryKey: keys.session }));
      if (!shown) return found;
      setPhone(found);
      return found.wake().then(() => found);
    });
    return () => {
      shown = false;
      setPhone(undefined);
      void claiming.then((found) => found.sleep());
    };
  }, [access_id, platform, client]);

  const state = useSyncExternalStore(phone?.watch ?? never, () => phone?.state);
  return phone && state ? { phone, state } : undefined;
}

const never = () => () => {};
