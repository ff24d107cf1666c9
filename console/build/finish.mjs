// After `vite build`: compresses what the server sends, and holds the budget of a first visit.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const PAGES = new URL("../../src/rockdove/console_pages/", import.meta.url).pathname;
const BUDGET = 400 * 1024;
const WORTH_COMPRESSING = /\.(js|css|svg|html|json)$/;

const files = readdirSync(PAGES, { recursive: true }).filter((name) => statSync(join(PAGES, name)).isFile());
const gzipped = new Map();
for (const name of files) {
  if (!WORTH_COMPRESSING.test(name) || name.startsWith(".vite")) continue;
  const content = readFileSync(join(PAGES, name));
  const small = gzipSync(content, { level: 9 });
  gzipped.set(name, small.length);
  if (small.length > content.length * 0.9) continue;
  writeFileSync(join(PAGES, `${name}.gz`), small);
  const smaller = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(join(PAGES, `${name}.br`), smaller);
}

/** What a browser loads before a page shows: a chunk, what it imports, and their styles. Not what it asks for later. */
const manifest = JSON.parse(readFileSync(join(PAGES, ".vite/manifest.json"), "utf8"));
rmSync(join(PAGES, ".vite"), { recursive: true });
function loaded(key, into = new Set()) {
  const chunk = manifest[key];
  if (into.has(chunk.file)) return into;
  into.add(chunk.file);
  for (const style of chunk.css ?? []) into.add(style);
  for (const imported of chunk.imports ?? []) loaded(imported, into);
  return into;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
// By name: a page that shares modules with a dialog it fetches later is a chunk without a source of its own.
const pages = (manifest[entry]?.dynamicImports ?? []).filter((key) => manifest[key].name?.endsWith("Page"));
let heaviest = 0;
for (const page of pages) {
  const chunks = [...loaded(page, loaded(entry))].map((name) => [gzipped.get(name) ?? 0, name]);
  const total = chunks.reduce((sum, [bytes]) => sum + bytes, 0);
  heaviest = Math.max(heaviest, total);
  if (total <= BUDGET) continue;
  process.exitCode = 1;
  console.error(
    `${manifest[page].src ?? manifest[page].file}: its first load is ${kib(total)} gzipped, over the budget of ${kib(BUDGET)}:`,
  );
  for (const [bytes, name] of chunks.sort((a, b) => b[0] - a[0]))
    console.error(`  ${kib(bytes).padStart(10)}  ${name}`);
}
if (!entry || !pages.length || !existsSync(join(PAGES, "index.html"))) {
  console.error("the build has no entry or no pages: the budget was not measured");
  process.exitCode = 1;
}
console.log(`console: ${pages.length} pages, first load at most ${kib(heaviest)} gzipped (budget ${kib(BUDGET)})`);

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
