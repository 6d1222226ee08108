import { inLanes } from "../../db/lanes.js";
import { type Pool, withTransaction } from "../../db/pool.js";
import { contentHash } from "../../db/snapshots/content-hash.js";
import { declaredColumns } from "../../db/snapshots/snapshot-parts.js";
import { type Deployment, deploymentSha256 } from "../../definitions/language/deployment.js";
import { ValidationFailedError } from "../../errors/errors.js";
import type { MaterializedRows } from "../../features/materialize.js";
import type { OnlineStore } from "../../features/online/online-store.js";
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
import { RunStore } from "../../registry/run-store.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";
import { materializeSnapshot } from "../materialize/materialize.job.js";
import { Pace } from "../pace.js";
import { findSameDelivery, unchangedResult } from "./same-delivery.js";
import { type Staged, StagedDelivery, type Validated } from "./staged-delivery.js";
import { describeHolding, saveValidation } from "./validation.js";

export interface IngestParams {
  source: string;
  asOf: string;
}

/** One month of files: fingerprinted, staged, validated, published and snapshotted at once, materialized. */
export class IngestJob implements Job {
  readonly kind = "INGEST";
  readonly queue = "asof_data";
  readonly #snapshots: SnapshotStore;
  readonly #tracker: RunTracker;
  readonly #definitionsSha256: string;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly dataDir: string,
    private readonly online: OnlineStore,
  ) {
    this.#snapshots = new SnapshotStore(pool);
    this.#tracker = new RunTracker(pool);
    this.#definitionsSha256 = deploymentSha256(definitions);
  }

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const { asOf, source } = context.params as unknown as IngestParams;
    const files = await context.step("fingerprint", (step) => this.#fingerprint(context, step));
    const known = await context.step("compare", () => this.#findSame(context, asOf, files));
    if (known !== null) {
      const online = await context.step("materialize", (step) => this.#materialize(context, known, step));
      const unchanged = await unchangedResult(this.pool, known, files, mayQuarantine(this.definitions));
      return { ...unchanged, online };
    }
    const delivery = new StagedDelivery(this.pool, this.definitions, context.runId, schemeOf(source), files);
    const staged = await context.step("stage", (step) => delivery.stage(step));
    const validated = await context.step("validate", (step) =>
      this.#validate(context, delivery, staged, step),
    );
    const parts = await context.step("hash", async (step) => {
      await delivery.settleAgainIfLost(staged, validated, step);
      return this.#hash(context, validated, step);
    });
    const published = await context.step("publish", async (step) => {
      await delivery.settleAgainIfLost(staged, validated, step);
      return this.#publish(context, asOf, files, validated, parts, step);
    });
    const online = await context.step("materialize", (step) =>
      this.#materialize(context, published.snapshotId, step),
    );
    const result = { ...resultOf(published), online };
    if (!mayQuarantine(this.definitions)) return result;
    return { ...result, quarantined: validated.quarantine.rows };
  }

  async cleanUp(runId: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      // A process that hangs may hold its table for long; a later sweep drops that one.
      await client.query("set lock_timeout = '2s'");
      await dropStaging(client, runId);
      await sweepStaging(client);
    } finally {
      client.release(true); // its lock_timeout goes with it
    }
  }

  async #fingerprint({ params }: JobContext, step: StepContext): Promise<DeliveredFile[]> {
    const { source } = params as unknown as IngestParams;
    const { dataDir, definitions } = this;
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
  async #findSame(
    context: JobContext,
    asOf: string,
    files: readonly DeliveredFile[],
  ): Promise<number | null> {
    const same = await findSameDelivery(this.pool, asOf, files, this.#definitionsSha256);
    if (!same) return null;
    await this.#tracker.saveSnapshot(context.runId, same.id);
    // These bytes were validated then; the report holds for them now.
    const made = await new RunStore(this.pool).find(same.runId);
    if (made?.validation) await saveValidation(this.pool, context, made.validation);
    return same.id;
  }

  async #validate(
    context: JobContext,
    delivery: StagedDelivery,
    staged: Staged,
    step: StepContext,
  ): Promise<Validated> {
    // A former try of this step may have taken rows out before it was cut off.
    if (mayQuarantine(this.definitions)) await delivery.stageAgainIfLost(staged.rows, step);
    const tally = ExpectationTally.from(this.definitions, staged.tally);
    const quarantine = await delivery.settle(tally);
    const report = reportOf(tally);
    await saveValidation(this.pool, context, report);
    const failure = failureInWords(tally);
    if (failure !== null) {
      const failed = report.expectations.filter(isFailed).length;
      throw new ValidationFailedError(`${failure}. Nothing was published.`, { failedExpectations: failed });
    }
    await delivery.keepDelivered(quarantine, step);
    await step.log(describeHolding(report));
    const rows = { ...staged.rows };
    for (const source of this.definitions.sources) {
      if (quarantine.rows[source.name])
        rows[source.name] = await stagedRows(this.pool, context.runId, source);
    }
    return { rows, quarantine };
  }

  async #hash({ runId }: JobContext, staged: Validated, step: StepContext): Promise<HashedPart[]> {
    const { sources, entity } = this.definitions;
    const parts: HashedPart[] = [];
    const pace = new Pace(step, sum(Object.values(staged.rows)), "rows");
    await inLanes([...sources.entries()], async ([index, source]) => {
      step.signal.throwIfAborted();
      const { name } = source;
      const hashed = { name, key: entity.key, columns: declaredColumns(source) };
      const { sha256, buckets } = await contentHash(this.pool, hashed, stagingTable(runId, source));
      const rowCount = staged.rows[name]!;
      parts[index] = { name, rowCount, contentSha256: sha256, buckets: buckets.toString("base64") };
      pace.advance(rowCount, name);
    });
    return parts;
  }

  async #publish(
    { runId, attempt }: JobContext,
    asOf: string,
    files: readonly DeliveredFile[],
    staged: Validated,
    parts: HashedPart[],
    step: StepContext,
  ): Promise<Published> {
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
    const preparing = prepareParts(this.pool, this.definitions, publication);
    const publishing = withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      // Committed, but the process died before the step's checkpoint.
      const { rows } = await tx.query<{ result: { published?: Published } | null }>(
        "select result from runs where id = $1",
        [runId],
      );
      if (rows[0]?.result?.published) return rows[0].result.published;
      const outcome = await publish(tx, this.definitions, publication, preparing, onTable);
      await publishQuarantine(tx, runId, asOf, staged.quarantine);
      const tracker = new RunTracker(tx);
      await tracker.saveSnapshot(runId, outcome.snapshotId);
      await tracker.saveResult(runId, { published: outcome });
      return outcome;
    });
    // Whichever fails, the other is waited for: a step that is tried again begins alone.
    await Promise.allSettled([preparing, publishing]);
    const published = await publishing;
    const what = published.newSnapshot
      ? `snapshot ${asOf} revision ${published.revision}`
      : "no new snapshot";
    await step.log(`published: ${what}`, { ...published.tables });
    await analyzePublished(this.pool, this.definitions, asOf, await preparing);
    return published;
  }

  async #materialize(
    context: JobContext,
    snapshotId: number,
    step: StepContext,
  ): Promise<Record<string, MaterializedRows>> {
    const [snapshot] = await this.#snapshots.findByIds([snapshotId]);
    const { pool, definitions, online } = this;
    return materializeSnapshot({ pool, definitions, online }, context, snapshot!, step);
  }
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);

function resultOf({ tables, newSnapshot, revision }: Published): Record<string, unknown> {
  const written = Object.values(tables).some(({ inserted, updated }) => inserted + updated > 0);
  return { unchanged: !newSnapshot && !written, revision, rows: tables };
}
