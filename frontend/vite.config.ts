import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const BACKEND = "http://127.0.0.1:8000";
const SERVED = ["/v1", "/ready", "/health"];

// The server's Content-Security-Policy allows files of our own and nothing inline, so nothing here may become a data: URL.
export default defineConfig({
  base: "./", // the page may lie behind a prefix
  plugins: [svelte()],
  build: {
    target: ["chrome111", "firefox114", "safari16.4"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  worker: { format: "es" }, // audio worklets are modules
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(SERVED.map((path) => [path, { target: BACKEND, ws: path === "/v1" }])),
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
