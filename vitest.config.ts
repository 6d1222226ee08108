import { defineConfig } from "vitest/config";

export default defineConfig({
  // type-graphql and vitest would otherwise each load their own copy of graphql.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: "graphql/index.js" },
      {
        find: /^\.{1,2}\/spawn-worker\.js$/,
        replacement: `${import.meta.dirname}/tests/support/spawn-built-worker.ts`,
      },
    ],
  },
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["reflect-metadata"],
    globalSetup: ["tests/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
