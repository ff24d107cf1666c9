// Sends what APNS_TOLD says by node-apn, and prints what Apple's server said of each device.
import apn from "@parse/node-apn";

const { server, token, cases } = JSON.parse(process.env.APNS_TOLD);
const provider = new apn.Provider({ token, production: true, address: server.host, port: server.port, ca: server.ca });
const found = {};
for (const { name, devices, note } of cases) {
  const notification = new apn.Notification({ aps: {}, ...note });
  const { sent, failed } = await provider.send(notification, devices);
  const faults = failed.map(({ status, response, error }) => `${status} ${response?.reason ?? error}`);
  found[name] = { sent: sent.length, failed: faults.sort() };
}
console.log(JSON.stringify(found));
await provider.shutdown();
