import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** One build for every place asof is served under: the server sets `<base href>`, and assets are found from there. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2022",
    // The server sends `<link rel="modulepreload">` targets with the page's nonce-free script policy: 'self' is enough.
    modulePreload: { polyfill: false },
    // Inlined files would need `data:` in the policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
  },
});
