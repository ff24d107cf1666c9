/** The three questions of who looks into a complaint. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";
import type { components } from "../api/schema";

export type AccountDevices = components["schemas"]["AccountDevices"];
export type AccountDevice = components["schemas"]["AccountDevice"];
export type Device = components["schemas"]["DeviceAnswer"];
export type DevicePush = components["schemas"]["DevicePush"];
export type Delivery = components["schemas"]["DeliveryAnswer"];
export type Reach = components["schemas"]["Reach"];

export const DEVICES_A_PAGE = 10;

export function useAccountDevices(accessId: number, account: string, accountType: number, page: number) {
  const query = { account, account_type: accountType, page };
  return useQuery<AccountDevices>({
    queryKey: keys.of(accessId, "account-devices", query),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/accounts/devices", { params: { path: { access_id: accessId }, query }, signal }),
      ),
    placeholderData: keepPreviousData,
    enabled: account !== "",
  });
}

export function useDevice(accessId: number, token: string) {
  const path = { access_id: accessId, token };
  return useQuery<Device>({
    queryKey: keys.of(accessId, "devices", token),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/devices/{token}", { params: { path }, signal })),
  });
}

/** Takes half a second: every server is asked whether the device is connected at this moment. */
export function useConnection(accessId: number, token: string) {
  const path = { access_id: accessId, token };
  return useQuery({
    queryKey: keys.of(accessId, "devices", token, "connection"),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/devices/{token}/connection", { params: { path }, signal })),
    staleTime: 0,
  });
}

/** Of today, newest first. */
export function useDevicePushes(accessId: number, token: string) {
  const path = { access_id: accessId, token };
  return useQuery<DevicePush[]>({
    queryKey: keys.of(accessId, "devices", token, "pushes"),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/devices/{token}/pushes", { params: { path }, signal })),
  });
}

export function useDelivery(accessId: number, token: string, pushId: string) {
  const path = { access_id: accessId, token, push_id: Number(pushId) };
  return useQuery<Delivery>({
    queryKey: keys.of(accessId, "devices", token, "pushes", pushId),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/devices/{token}/pushes/{push_id}", { params: { path }, signal })),
    enabled: token !== "" && pushId !== "",
    staleTime: 0,
  });
}
