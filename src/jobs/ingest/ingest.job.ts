import { z } from "zod";
import { inLanes } from "../../db/lanes.js";
import type { Pool } from "../../db/pool.js";
import { contentHash } from "../../db/snapshots/content-hash.js";
import { declaredColumns } from "../../db/snapshots/snapshot-parts.js";
import { deploymentSha256 } from "../../definitions/language/deployment.js";
import { ValidationFailedError } from "../../errors/errors.js";
import type { MaterializedRows } from "../../features/materialize.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import { ExpectationTally } from "../../ingest/expectation-tally.js";
import { prepareParts } from "../../ingest/prepared-parts.js";
import {
  analyzePublished,
  type HashedPart,
  type Publication,
  type Published,
  publish,
} from "../../ingest/publish.js";
import { publishQuarantine } from "../../ingest/quarantine.js";
import { mayQuarantine } from "../../ingest/quarantine-notes.js";
import { schemeOf } from "../../ingest/sources/registry.js";
import type { DeliveredFile } from "../../ingest/sources/source-scheme.js";
import { dropStaging, stagedRows, stagingTable, sweepStaging } from "../../ingest/staging.js";
import { failureInWords, isFailed, reportOf } from "../../ingest/validation-report.js";
import { calendarDate, name } from "../../inputs/fields.js";
import { RunStore } from "../../registry/run-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { materializeSnapshot } from "../materialize/materialize.job.js";
import { Pace } from "../pace.js";
import {
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { ingestOutcome } from "./ingest-outcome.js";
import { requireNotFuture } from "./not-future.js";
import { findSameDelivery, unchangedResult } from "./same-delivery.js";
import { type Staged, StagedDelivery, type Validated } from "./staged-delivery.js";
import { describeHolding, saveValidation } from "./validation.js";

const params = z.object({ source: z.string(), asOf: z.string() });
export type IngestParams = z.infer<typeof params>;

/** One month of files: fingerprinted, staged, validated, published and snapshotted at once, materialized. */
export const ingestKind = runKind({
  name: "INGEST",
  description: "Validates, publishes and snapshots a delivery.",
  queue: "asof_data",
  schedulable: true,
  fillsOnlineStore: true,
  mutation: {
    name: "ingest",
    description: "Validates, publishes and snapshots one month. Returns at once; follow the run.",
    role: "operator",
    input: "IngestInput",
    beside: [],
  },
  request: () =>
    z.strictObject({
      source: name().describe("A folder's name under the data directory."),
      asOf: calendarDate().describe("The date the files describe."),
      allowFuture: z
        .boolean()
        .default(false)
        .describe("Takes a date after today: no ingest before it reaches the online store from then on."),
    }),
  params,
  pin: async ({ source, asOf, allowFuture }, { dataDir, definitions }): Promise<IngestParams> => {
    requireNotFuture(asOf, allowFuture, new Date());
    await schemeOf(source).check(source, { dataDir, sources: definitions.sources });
    return { source, asOf };
  },
  execute: (run, on) => new Ingest(run, on).execute(),
  outcome: ingestOutcome,
  cleanUp: (runId, { pool }) => cleanUp(runId, pool),
  trainedBy: trainsNothing,
});

class Ingest {
  readonly #definitionsSha256: string;

  constructor(
    private readonly run: RunContext<IngestParams>,
    private readonly on: Resources,
  ) {
    this.#definitionsSha256 = deploymentSha256(on.definitions);
  }

  async execute(): Promise<Result> {
    const { run } = this;
    const { pool, definitions } = this.on;
    const files = await run.step("fingerprint", (step) => this.#fingerprint(step));
    const known = await run.step("compare", () => this.#findSame(files));
    if (known !== null) {
      const online = await run.step("materialize", (step) => this.#materialize(known, step));
      const unchanged = await unchangedResult(pool, known, files, mayQuarantine(definitions));
      return { ...unchanged, online };
    }
    const delivery = new StagedDelivery(pool, definitions, run.runId, schemeOf(run.params.source), files);
    const staged = await run.step("stage", (step) => delivery.stage(step));
    const validated = await run.step("validate", (step) => this.#validate(delivery, staged, step));
    const parts = await run.step("hash", async (step) => {
      await delivery.settleAgainIfLost(staged, validated, step);
      return this.#hash(validated, step);
    });
    const published = await run.step("publish", async (step) => {
      await delivery.settleAgainIfLost(staged, validated, step);
      return this.#publish(files, validated, parts, step);
    });
    const online = await run.step("materialize", (step) => this.#materialize(published.snapshotId, step));
    const result = { ...resultOf(published), online };
    if (!mayQuarantine(definitions)) return result;
    return { ...result, quarantined: validated.quarantine.rows };
  }

  async #fingerprint(step: StepContext): Promise<DeliveredFile[]> {
    const { source } = this.run.params;
    const { dataDir, definitions } = this.on;
    const scheme = schemeOf(source);
    const files = await scheme.list(source, { dataDir, sources: definitions.sources });
    const megabytes = files.reduce((sum, file) => sum + file.bytes, 0) / 1e6;
    const pace = new Pace(step, megabytes, "MB", 1);
    const onBytes = (bytes: number) => pace.advance(bytes / 1e6, "hashed");
    const fingerprints: DeliveredFile[] = [];
    for (const file of files) fingerprints.push(await scheme.fingerprint(file, onBytes, step.signal));
    return fingerprints;
  }

  /** The snapshot that these files made before, if they did: then it is this run's, too. */
  async #findSame(files: readonly DeliveredFile[]): Promise<number | null> {
    const { run } = this;
    const { pool } = this.on;
    const same = await findSameDelivery(pool, run.params.asOf, files, this.#definitionsSha256);
    if (!same) return null;
    await new RunTracker(pool).saveSnapshot(run.runId, same.id);
    // These bytes were validated then; the report holds for them now.
    const made = await new RunStore(pool).find(same.runId);
    if (made?.validation) await saveValidation(pool, run, made.validation);
    return same.id;
  }

  async #validate(delivery: StagedDelivery, staged: Staged, step: StepContext): Promise<Validated> {
    const { run } = this;
    const { pool, definitions } = this.on;
    // A former try of this step may have taken rows out before it was cut off.
    if (mayQuarantine(definitions)) await delivery.stageAgainIfLost(staged.rows, step);
    const tally = ExpectationTally.from(definitions, staged.tally);
    const quarantine = await delivery.settle(tally);
    const report = reportOf(tally);
    await saveValidation(pool, run, report);
    const failure = failureInWords(tally);
    if (failure !== null) {
      const failed = report.expectations.filter(isFailed).length;
      throw new ValidationFailedError(`${failure}. Nothing was published.`, { failedExpectations: failed });
    }
    await delivery.keepDelivered(quarantine, step);
    await step.log(describeHolding(report));
    const rows = { ...staged.rows };
    for (const source of definitions.sources) {
      if (quarantine.rows[source.name]) rows[source.name] = await stagedRows(pool, run.runId, source);
    }
    return { rows, quarantine };
  }

  async #hash(staged: Validated, step: StepContext): Promise<HashedPart[]> {
    const { pool, definitions } = this.on;
    const { sources, entity } = definitions;
    const parts: HashedPart[] = [];
    const pace = new Pace(step, sum(Object.values(staged.rows)), "rows");
    await inLanes([...sources.entries()], async ([index, source]) => {
      step.signal.throwIfAborted();
      const { name } = source;
      const hashed = { name, key: entity.key, columns: declaredColumns(source) };
      const { sha256, buckets } = await contentHash(pool, hashed, stagingTable(this.run.runId, source));
      const rowCount = staged.rows[name]!;
      parts[index] = { name, rowCount, contentSha256: sha256, buckets: buckets.toString("base64") };
      pace.advance(rowCount, name);
    });
    return parts;
  }

  async #publish(
    files: readonly DeliveredFile[],
    staged: Validated,
    parts: HashedPart[],
    step: StepContext,
  ): Promise<Published> {
    const { run } = this;
    const { pool, definitions } = this.on;
    const { runId } = run;
    const { asOf } = run.params;
    const publication: Publication = {
      runId,
      asOf,
      definitionsSha256: this.#definitionsSha256,
      files: files.map(({ source, bytes, sha256 }) => ({
        name: source,
        bytes,
        rowCount: staged.rows[source]!,
        sha256,
      })),
      parts,
    };
    // Every live table and every part of the snapshot is written once.
    const total = sum(Object.values(staged.rows)) + sum(parts.map(({ rowCount }) => rowCount));
    const pace = new Pace(step, total, "rows");
    const onTable = (name: string, rows: number) => pace.advance(rows, name);
    const preparing = prepareParts(pool, definitions, publication);
    const publishing = run.writeOnce(async (tx) => {
      const outcome = await publish(tx, definitions, publication, preparing, onTable);
      await publishQuarantine(tx, runId, asOf, staged.quarantine);
      await new RunTracker(tx).saveSnapshot(runId, outcome.snapshotId);
      return { published: outcome };
    });
    // Whichever fails, the other is waited for: a step that is tried again begins alone.
    await Promise.allSettled([preparing, publishing]);
    const { published } = await publishing;
    const what = published.newSnapshot
      ? `snapshot ${asOf} revision ${published.revision}`
      : "no new snapshot";
    await step.log(`published: ${what}`, { ...published.tables });
    await analyzePublished(pool, definitions, asOf, await preparing);
    return published;
  }

  async #materialize(snapshotId: number, step: StepContext): Promise<Record<string, MaterializedRows>> {
    const [snapshot] = await new SnapshotStore(this.on.pool).findByIds([snapshotId]);
    return materializeSnapshot(this.run, this.on, snapshot!, step);
  }
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);

function resultOf({ tables, newSnapshot, revision }: Published): Record<string, unknown> {
  const written = Object.values(tables).some(({ inserted, updated }) => inserted + updated > 0);
  return { unchanged: !newSnapshot && !written, revision, rows: tables };
}

async function cleanUp(runId: string, pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    // A process that hangs may hold its table for long; a later sweep drops that one.
    await client.query("set lock_timeout = '2s'");
    await dropStaging(client, runId);
    await sweepStaging(client);
  } finally {
    client.release(true); // its lock_timeout goes with it
  }
}
