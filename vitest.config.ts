import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

/** A process has one deployment: the files that bring their own definitions need a process of their own. */
const OWN_DEFINITIONS = [
  "tests/console/pictures.test.ts",
  "tests/console/entity-names.test.ts",
  "tests/e2e/foreign-story.test.ts",
  "tests/e2e/definitions-matrix.test.ts",
  "tests/db/migrations/new-feature.test.ts",
  "tests/e2e/streamflow-story.test.ts",
  "tests/e2e/wide.test.ts",
  "tests/extending/gate.test.ts",
  "tests/extending/expectation.test.ts",
  "tests/extending/learner.test.ts",
  "tests/ingest/expectations/expectations.test.ts",
  "tests/ingest/quarantine.test.ts",
  "tests/monitoring/drift.test.ts",
  "tests/jobs/reproduce/reproduce.test.ts",
  "tests/extending/run-kind.test.ts",
  "tests/jobs/ingest/quarantine-crash.test.ts",
  "tests/schema/emitted.test.ts",
  "tests/schema/entity-names.test.ts",
  "tests/schema/generated-fields.test.ts",
  "tests/serving/expired.test.ts",
  "tests/serving/only-what-it-uses.test.ts",
  "tests/serving/servable.test.ts",
  "tests/features/retention-quarantine.test.ts",
];

const TEST_DIST = `${import.meta.dirname}/.test-dist`;
const builtThreads = `${import.meta.dirname}/tests/support/spawn-built-worker.ts`;

const project = (
  name: string,
  test: TestProjectInlineConfiguration["test"],
): TestProjectInlineConfiguration => ({
  resolve: {
    alias: [
      // type-graphql and vitest would otherwise each load their own copy of graphql.
      { find: /^graphql$/, replacement: "graphql/index.js" },
      { find: /^(\.\.\/)+threads\/spawn-worker\.js$/, replacement: builtThreads },
    ],
  },
  test: {
    name,
    setupFiles: ["reflect-metadata"],
    // What the processes of tests serve, and the schema of it; src/definitions and schema.graphql are an adopter's.
    env: { ASOF_DEFINITIONS: `${TEST_DIST}/bundled/testing.js`, ASOF_SCHEMA: `${TEST_DIST}/schema.graphql` },
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Real processes on a shared machine: what fails there is tried once more, and reported where it fails again.
    retry: process.env.CI ? 1 : 0,
    ...test,
  },
});

export default defineConfig({
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    // Most tests wait for a process or a database rather than for the processor.
    maxWorkers: 4,
    // What tests left behind is given time to end.
    teardownTimeout: 30_000,
    projects: [
      // Loading asof takes longer than most files: those that can share a process load it once.
      project("shared", { include: ["tests/**/*.test.ts"], exclude: OWN_DEFINITIONS, isolate: false }),
      project("own definitions", { include: OWN_DEFINITIONS }),
    ],
  },
});
