import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** One build for every place asof is served under: the server sets `<base href>`, and assets are found from there. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react()],
  // The playground's editor checks what is typed in workers, which are modules as all else.
  worker: { format: "es" },
  build: {
    outDir: "../dist/console",
    rollupOptions: {
      input: ["index.html", "playground.html"].map((page) => `${import.meta.dirname}/${page}`),
      // Words to a compiler that GraphiQL's packages were built with.
      onLog: (level, log, report) => log.code === "MODULE_LEVEL_DIRECTIVE" || report(level, log),
    },
    emptyOutDir: true,
    target: "es2022",
    // The server sends `<link rel="modulepreload">` targets with the page's nonce-free script policy: 'self' is enough.
    modulePreload: { polyfill: false },
    // Inlined files would need `data:` in the policy.
    assetsInlineLimit: 0,
    // The playground's editor, which nobody loads before opening it.
    chunkSizeWarningLimit: 3_000,
  },
});
