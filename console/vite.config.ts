import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** `ROCKDOVE=http://127.0.0.1:8080 npm run dev` serves the pages with hot reload in front of a running server. */
const server = process.env.ROCKDOVE ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/console/",
  plugins: [react()],
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
