import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

/** A process has one deployment: the files that bring their own definitions need a process of their own. */
const OWN_DEFINITIONS = [
  "tests/alerts/events.test.ts",
  "tests/auth/personal.test.ts",
  "tests/console/classes.test.ts",
  "tests/console/personal.test.ts",
  "tests/ingest/cadence.test.ts",
  "tests/ingest/cadences.test.ts",
  "tests/e2e/orders.test.ts",
  "tests/ingest/events/replaces.test.ts",
  "tests/ingest/events/retention.test.ts",
  "tests/ingest/events/retention-races.test.ts",
  "tests/ingest/events/windows.test.ts",
  "tests/ingest/events/windows.property.test.ts",
  "tests/jobs/erase/erase.test.ts",
  "tests/jobs/erase/erase-events.test.ts",
  "tests/jobs/erase/erase-belonging.test.ts",
  "tests/jobs/erase/erase-outside.test.ts",
  "tests/jobs/erase/erase-texts.test.ts",
  "tests/console/pictures.test.ts",
  "tests/console/entity-names.test.ts",
  "tests/e2e/credit.test.ts",
  "tests/e2e/cultivar.test.ts",
  "tests/e2e/spend.test.ts",
  "tests/e2e/weights.test.ts",
  "tests/e2e/bank.test.ts",
  "tests/e2e/foreign-story.test.ts",
  "tests/e2e/definitions-matrix.test.ts",
  "tests/db/migrations/new-feature.test.ts",
  "tests/e2e/streamflow-story.test.ts",
  "tests/e2e/wide.test.ts",
  "tests/extending/alert.test.ts",
  "tests/extending/gate.test.ts",
  "tests/extending/expectation.test.ts",
  "tests/extending/learner.test.ts",
  "tests/ingest/expectations/expectations.test.ts",
  "tests/ingest/exact-types.test.ts",
  "tests/ingest/quarantine.test.ts",
  "tests/ingest/sources/moto.test.ts",
  "tests/ingest/sources/origins.test.ts",
  "tests/monitoring/drift.test.ts",
  "tests/interop/inference-keys.test.ts",
  "tests/interop/inference-services.test.ts",
  "tests/interop/real-feast-keys.test.ts",
  "tests/jobs/reproduce/reproduce.test.ts",
  "tests/jobs/train/panel-cadences.test.ts",
  "tests/extending/run-kind.test.ts",
  "tests/jobs/engine/refused-beside-erasure.test.ts",
  "tests/jobs/ingest/quarantine-crash.test.ts",
  "tests/jobs/train-externally/train-externally.test.ts",
  "tests/schema/emitted.test.ts",
  "tests/schema/entity-names.test.ts",
  "tests/schema/generated-fields.test.ts",
  "tests/serving/expired.test.ts",
  "tests/serving/models-outside.test.ts",
  "tests/serving/only-what-it-uses.test.ts",
  "tests/serving/servable.test.ts",
  "tests/features/retention-quarantine.test.ts",
  "tests/keys/bigint-key.test.ts",
  "tests/keys/composite-key.test.ts",
  "tests/keys/composite-forms.test.ts",
  "tests/keys/erase-composite.test.ts",
  "tests/keys/int-key.test.ts",
  "tests/keys/uuid-key.test.ts",
  "tests/keys/uuid-parent.test.ts",
];

/**
 * What kills and starts processes by the dozen, walks through the whole console or lives through a day: half of the time of
 * all tests. `npm test` leaves them out, `npm run test:all` and a file's name run them.
 */
const LONG = [
  "tests/features/offline/lake/engines.property.test.ts",
  "tests/cli/backup.test.ts",
  "tests/cli/backup-doctored.test.ts",
  "tests/cli/doctor.test.ts",
  "tests/cli/init.test.ts",
  "tests/cli/server-commands.test.ts",
  "tests/console/console.test.ts",
  "tests/console/promotion.test.ts",
  "tests/console/restart.test.ts",
  "tests/console/roles.test.ts",
  "tests/db/embedded/embedded.test.ts",
  "tests/db/migrations/adoption.test.ts",
  "tests/e2e/adopted.test.ts",
  "tests/e2e/image.test.ts",
  "tests/e2e/distributed.test.ts",
  "tests/extending/command-line.test.ts",
  "tests/faults/at-once.test.ts",
  "tests/faults/hostile-models.test.ts",
  "tests/faults/killed-at-each-step.test.ts",
  "tests/faults/killed-event-retention.test.ts",
  "tests/faults/killed-mutations.test.ts",
  "tests/faults/killed-windows.test.ts",
  "tests/faults/load.test.ts",
  "tests/faults/operators-trial.test.ts",
  "tests/features/online/redis/redis-cluster.test.ts",
  "tests/features/snapshot-diff.test.ts",
  "tests/hosts/hosts.test.ts",
  "tests/ingest/cadence.property.test.ts",
  "tests/ingest/push-interrupted.test.ts",
  "tests/jobs/engine/crash.test.ts",
  "tests/jobs/engine/lost-connections.test.ts",
  "tests/jobs/engine/stopped.test.ts",
  "tests/jobs/schedules/schedules.test.ts",
  "tests/jobs/schedules/whole-day.test.ts",
  "tests/jobs/train-externally/failing-commands.test.ts",
  "tests/monitoring/calibration.test.ts",
  "tests/process/deployment.test.ts",
  "tests/process/endings.test.ts",
  "tests/process/engine/engine-thread.test.ts",
  "tests/process/graceful-stop.test.ts",
  "tests/process/process.test.ts",
  "tests/process/processes.test.ts",
  "tests/registry/at-once.test.ts",
  "tests/schema/client-tools.test.ts",
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
      // Deployments in examples/ are written as an adopter's are.
      {
        find: /^asof\/definitions$/,
        replacement: `${import.meta.dirname}/src/definitions/language/front.ts`,
      },
      { find: /^(\.\.\/)+threads\/spawn-worker\.js$/, replacement: builtThreads },
    ],
  },
  test: {
    name,
    setupFiles: ["reflect-metadata"],
    // What the processes of tests serve, and the schema of it; src/definitions and schema.graphql are an adopter's.
    env: {
      ASOF_DEFINITIONS: `${TEST_DIST}/tests/support/deployment/testing.js`,
      ASOF_SCHEMA: `${TEST_DIST}/schema.graphql`,
    },
    pool: "forks",
    testTimeout: 120_000,
    // Beside other tests on two cores, a set-up of several processes takes minutes.
    hookTimeout: 300_000,
    // Real processes on a shared machine: what fails there is tried twice more, and reported where it fails again.
    retry: process.env.CI ? 2 : 0,
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
      project("shared", {
        include: ["tests/**/*.test.ts"],
        exclude: [...OWN_DEFINITIONS, ...LONG],
        isolate: false,
      }),
      project("own definitions", { include: OWN_DEFINITIONS }),
      project("long", { include: LONG, isolate: false }),
    ],
  },
});
