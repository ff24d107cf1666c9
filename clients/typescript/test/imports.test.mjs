// What runs in a browser or in React Native must not need Node.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

/** Every module that index.js reaches, with what it says. */
async function reached(name, found = new Map()) {
  if (found.has(name)) return found;
  const text = await readFile(new URL(`../dist/${name}`, import.meta.url), "utf8");
  found.set(name, text);
  for (const [, own] of text.matchAll(/from "\.\/(.+?)"/g)) await reached(own, found);
  return found;
}

test("the core imports MQTT.js and itself, and uses no global of Node's", async () => {
  const modules = await reached("index.js");
  assert.ok(modules.has("client.js") && modules.has("session.js"));
  assert.ok(!modules.has("file_storage.js"));
  for (const [name, text] of modules) {
    const foreign = [...text.matchAll(/from "([^.].*?)"|import\("(.*?)"\)|import "(.*?)"/g)].map(([, from, ...other]) => from ?? other);
    assert.deepEqual(foreign, name === "client.js" ? ["mqtt"] : [], name);
    assert.doesNotMatch(text, /\b(Buffer|process|require|__dirname|setImmediate)\b/, name);
  }
});
