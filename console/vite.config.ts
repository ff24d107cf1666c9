import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** `ROCKDOVE=http://127.0.0.1:8080 npm run dev` serves the pages with hot reload in front of a running server. */
const server = process.env.ROCKDOVE ?? "http://127.0.0.1:8080";

/**
 * Ant Design's icons call themselves "plus", "send" …, in English, before every button's own word. Those that stand
 * beside words here are pictures; the others may be all that a button of Ant Design's own has for a name.
 */
function silentIcons(): Plugin {
  const SILENT =
    "plus|delete|download|send|poweroff|edit|setting|unordered-list|calendar|inbox|bar-chart|tags|aim|mobile|appstore|team|audit|key|logout|desktop|sun|moon|android|apple";
  const NAMED = /role: "img",\s*"aria-label": icon\.name/;
  return {
    name: "silent-icons",
    transform(code, id) {
      if (!/@ant-design\/icons\/es\/components\/AntdIcon(Light)?\.js/.test(id)) return;
      if (!NAMED.test(code)) this.error("Ant Design names its icons in another way now");
      const silent = `/^(${SILENT})$/.test(icon.name)`;
      return code.replace(NAMED, `role: "img", ...(${silent} ? { "aria-hidden": true } : { "aria-label": icon.name })`);
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), silentIcons()],
  resolve: {
    // the virtual phone is the client that apps use, from its sources
    alias: { "@rockdove/device-client": fileURLToPath(new URL("../clients/typescript/src/index.ts", import.meta.url)) },
    dedupe: ["mqtt"],
  },
  build: {
    outDir: "../src/rockdove/console_pages",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a wider Content-Security-Policy
    modulePreload: { polyfill: false }, // an inline script otherwise
    chunkSizeWarningLimit: 2000, // build/finish.mjs holds the budget, gzipped and per page
  },
  server: { proxy: { "/console/api": server } },
  test: { include: ["src/**/*.test.ts"] },
});
