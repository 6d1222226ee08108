import { defineConfig } from "vitest/config";

export default defineConfig({
  // type-graphql and vitest would otherwise each load their own copy of graphql.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["reflect-metadata"],
    globalSetup: ["tests/support/global-setup.ts"],
    pool: "forks",
    // Child processes and, by spawnWorker, worker threads load TypeScript through tsx.
    execArgv: ["--import", "tsx"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
