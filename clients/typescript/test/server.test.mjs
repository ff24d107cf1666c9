// The whole story against a running server. Needs ROCKDOVE_URL, ROCKDOVE_ACCESS_ID, ROCKDOVE_ACCESS_KEY and
// ROCKDOVE_SECRET_KEY, those of an Android application nobody else uses.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { FileStorage } from "../dist/file_storage.js";
import { DeviceClient, MemoryStorage, RefusedError } from "../dist/index.js";

const { ROCKDOVE_URL: url, ROCKDOVE_ACCESS_KEY: access_key, ROCKDOVE_SECRET_KEY: secretKey } = process.env;
const access_id = Number(process.env.ROCKDOVE_ACCESS_ID);
const application = { access_id, access_key, profile: { platform: "android", app_version: "1.0" } };
const PATIENCE = 60_000;

/** Wait for something that must come; the bound only keeps a broken product from hanging the suite. */
async function until(condition, what) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < deadline, `${what}: not within ${PATIENCE / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function rest(name, body) {
  const authorization = `Basic ${btoa(`${access_id}:${secretKey}`)}`;
  const response = await fetch(`${url}/v3/${name}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await response.json();
}

async function push(token, title, more = {}) {
  const answer = await rest("push/app", {
    audience_type: "token",
    token_list: [token],
    message_type: "notify",
    message: { title, content: "World" },
    ...more,
  });
  assert.equal(answer.ret_code, 0, JSON.stringify(answer));
  return answer.push_id;
}

async function counted(pushId, name, wanted) {
  const count = async () => {
    const answer = await rest("statistics/get_push_task_stat_channel", { pushId });
    return answer.pushStatDataAll?.find(({ channel }) => channel === "all")?.pushState[name];
  };
  await until(async () => (await count()) === wanted, `${name} of push ${pushId} to be ${wanted}`);
}

/** Passes everything on to a port of the server, until it is cut; the network of the tests. */
class Proxy {
  open = true;
  #sockets = new Set();

  static async to(port) {
    const proxy = new Proxy();
    proxy.server = net.createServer((near) => proxy.#accept(near, port));
    await new Promise((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port() {
    return this.server.address().port;
  }

  #accept(near, port) {
    if (!this.open) return void near.destroy();
    const far = net.connect(port, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]]) {
      this.#sockets.add(from);
      from.on("error", () => {}).on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      }).pipe(to);
    }
  }

  get sockets() {
    return this.#sockets.size;
  }

  /** End every connection now. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

/** Puts a proxy before the channel the server tells devices of: what a fetch of a registration answers is changed. */
async function withProxy(t, transport) {
  const original = globalThis.fetch;
  let proxy;
  t.mock.method(globalThis, "fetch", async (address, options) => {
    const response = await original(address, options);
    if (!response.ok || !String(address).endsWith("/device/v1/register")) return response;
    const answer = await response.json();
    const channel = new URL(answer.channel[transport]);
    channel.port = proxy.port;
    return Response.json({ ...answer, channel: { ...answer.channel, [transport]: channel.href } });
  });
  const own = await (await original(`${url}/device/v1/register`, {
    method: "POST",
    body: JSON.stringify({ access_id, access_key, platform: "android" }),
  })).json();
  proxy = await Proxy.to(Number(new URL(own.channel[transport]).port));
  t.after(() => {
    proxy.cut();
    proxy.server.close();
  });
  return proxy;
}

for (const transport of ["mqtt", "ws"]) {
  test(`register, receive, confirm, drop a repeat, come back, click: over ${transport}`, async (t) => {
    const proxy = await withProxy(t, transport);
    const folder = await mkdtemp(path.join(os.tmpdir(), "device-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = path.join(folder, "device.json");
    const shown = [];
    const recalled = [];
    const options = {
      url,
      application,
      transport,
      storage: new FileStorage(file),
      onMessage(message) {
        shown.push(message);
        if (message.title === "twice") proxy.cut(); // the confirmation is lost
      },
      onRecall: (pushId) => void recalled.push(pushId),
      onError() {}, // cutting is the test's purpose
    };
    let client = new DeviceClient(options);
    t.after(() => client.stop());
    await client.start();
    await until(() => client.online, "online");
    const { token } = client;
    const kept = async () => JSON.parse(await readFile(file, "utf8"));

    const first = await push(token, "Hello");
    await until(() => shown.length === 1, "the first message");
    assert.deepEqual([shown[0].push_id, shown[0].title, shown[0].content], [first, "Hello", "World"]);
    await counted(first, "arrivalUv", 1);

    const twice = await push(token, "twice");
    await counted(twice, "arrivalUv", 1);
    assert.deepEqual(shown.map(({ push_id }) => push_id), [first, twice], "the repeat was confirmed and not shown");

    proxy.open = false;
    proxy.cut();
    await until(() => !client.online, "the loss was noticed");
    const missed = await push(token, "missed");
    await client.report(first, "clicked");
    assert.equal((await kept()).unacknowledged.length, 1);
    await client.stop();
    client = new DeviceClient(options); // the phone was switched off, too
    await client.start();
    assert.equal(client.token, token);
    proxy.open = true;
    await until(() => shown.length === 3, "what was missed");
    assert.equal(shown[2].push_id, missed);
    await counted(first, "clickUv", 1);
    await until(async () => !(await kept()).unacknowledged.length, "the click was acknowledged");
    assert.equal((await stat(file)).mode & 0o777, 0o600);

    await rest("push/revoke_push_msg", { pushId: missed });
    await until(() => recalled.includes(missed), "the recall");
    assert.equal(client.token, token, "the same device through it all");
  });
}

for (const transport of ["mqtt", "ws"]) {
  test(`stopped while it connects, it leaves nothing behind: over ${transport}`, async (t) => {
    const proxy = await withProxy(t, transport);
    const storage = new MemoryStorage();
    for (let milliseconds = 0; milliseconds < 16; milliseconds += 1) {
      const client = new DeviceClient({ url, application, transport, storage, onMessage() {}, onError() {} });
      await client.start();
      await client.call("accounts", { operation: "upsert", accounts: [{ account: "user-4" }] }); // it has registered
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await client.stop();
    }
    await until(() => !proxy.sockets, "every connection ended");
  });
}

test("accounts are bound as the device, and an update registers again", async (t) => {
  const registrations = [];
  const original = globalThis.fetch;
  t.mock.method(globalThis, "fetch", (address, options) => {
    if (String(address).endsWith("/register")) registrations.push(JSON.parse(options.body));
    return original(address, options);
  });
  const client = new DeviceClient({ url, application, storage: new MemoryStorage(), onMessage() {} });
  t.after(() => client.stop());
  await client.start();
  await until(() => client.online, "online");
  await client.call("accounts", { operation: "upsert", accounts: [{ account: "user-1" }] });
  await assert.rejects(client.call("accounts", { operation: "nonsense" }), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.status, error.code], [400, "bad_request"]);
    return true;
  });
  client.update({ platform: "android", app_version: "2.0" });
  await until(() => registrations.length === 2, "the second registration");
  assert.deepEqual([registrations[1].app_version, registrations[1].token], ["2.0", client.token]);
  await until(() => client.online, "online again");
});

test("a call waits for a registration under way", async (t) => {
  const versions = [];
  const client = new DeviceClient({
    url,
    application,
    storage: new MemoryStorage(),
    onMessage() {},
    async register(body) {
      versions.push(body.app_version);
      if (body.app_version === "2.0") client.update({ platform: "android", app_version: "3.0" });
      return await (await fetch(`${url}/device/v1/register`, { method: "POST", body: JSON.stringify(body) })).json();
    },
  });
  t.after(() => client.stop());
  const bind = (account) => client.call("accounts", { operation: "upsert", accounts: [{ account }] });
  await client.start();
  await bind("user-2"); // the first is under way
  await until(() => client.online, "online");
  client.update({ platform: "android", app_version: "2.0" });
  await bind("user-3"); // what the second gives is no good any more when it comes
  assert.deepEqual(versions, ["1.0", "2.0", "3.0"]);
});

test("who has lost the secret begins as a new device", async (t) => {
  const options = { url, application, onMessage() {}, onError() {} };
  const first = new DeviceClient({ ...options, storage: new MemoryStorage() });
  await first.start();
  await until(() => first.online, "online");
  await first.stop();
  const second = new DeviceClient({ ...options, storage: new MemoryStorage(), token: first.token });
  t.after(() => second.stop());
  await second.start();
  await until(() => second.online, "online");
  assert.notEqual(second.token, first.token);
});
