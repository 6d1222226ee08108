import { z } from "zod";
import { inLanes } from "../../db/lanes.js";
import type { Pool } from "../../db/pool.js";
import { contentHash } from "../../db/snapshots/content-hash.js";
import { declaredColumns } from "../../db/snapshots/snapshot-parts.js";
import { deploymentSha256 } from "../../definitions/language/deployment.js";
import { keyOf } from "../../definitions/language/entities.js";
import { stateSources } from "../../definitions/language/windows/sources-of.js";
import { ValidationFailedError } from "../../errors/errors.js";
import type { MaterializedRows } from "../../features/materialize.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import { analyzePublished } from "../../ingest/analyze-published.js";
import { ExpectationTally } from "../../ingest/expectation-tally.js";
import { deliveryReader, pinDelivery } from "../../ingest/pinned-delivery.js";
import { prepareParts } from "../../ingest/prepared-parts.js";
import type { HashedPart, Publication } from "../../ingest/publication.js";
import { type Published, publish } from "../../ingest/publish.js";
import { publishQuarantine } from "../../ingest/quarantine.js";
import { mayQuarantine } from "../../ingest/quarantine-notes.js";
import { contextOf, ofEachPlace, placesOf } from "../../ingest/sources/places.js";
import type { DeliveredFile } from "../../ingest/sources/source-scheme.js";
import { dropStaging, stagedRows, stagingTable, sweepStaging } from "../../ingest/staging.js";
import { failureInWords, isFailed, reportOf } from "../../ingest/validation-report.js";
import { calendarDate, name } from "../../inputs/fields.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { lakeStep } from "../lake-step.js";
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
import { alsoSaid, resultOf } from "./ingest-result.js";
import { requireNotFuture } from "./not-future.js";
import {
  findSameDelivery,
  formerValidation,
  isPartly,
  joinReports,
  keptParts,
  type SameDelivery,
  unchangedResult,
} from "./same-delivery.js";
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
  holds: "reports",
  mutation: {
    name: "ingest",
    description: "Validates, publishes and snapshots one month. Returns at once; follow the run.",
    role: "operator",
    input: "IngestInput",
    beside: [],
  },
  request: () =>
    z.strictObject({
      source: name()
        .optional()
        .describe(
          "The delivery's name: of a folder where the sources' files are. Left out: the date, as 2024-01-31.",
        ),
      asOf: calendarDate().describe("The date the files describe."),
      allowFuture: z
        .boolean()
        .default(false)
        .describe("Takes a date after today: no ingest before it reaches the online store from then on."),
    }),
  params,
  pin: async ({ source, asOf, allowFuture }, { dataDir, readsData, definitions }): Promise<IngestParams> => {
    requireNotFuture(asOf, allowFuture, new Date());
    const delivery = source ?? asOf;
    // An API process may have no access to the data: then only the run can tell.
    const places = placesOf(delivery, definitions.sources);
    if (readsData)
      await ofEachPlace(places, (place) => place.scheme.check(delivery, contextOf(place, { dataDir, asOf })));
    return { source: delivery, asOf };
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
    const found = await run.step("compare", (step) => this.#findSame(files, step));
    const kept = isPartly(found) ? found : null;
    if (found !== null && !isPartly(found)) {
      // Runs that an earlier release began have kept the snapshot's id alone.
      const known = typeof found === "number" ? { id: found, runIds: {} } : found;
      const online = await run.step("materialize", (step) => this.#materialize(known.id, step));
      await lakeStep(run, this.on);
      const unchanged = await unchangedResult(pool, known, files, mayQuarantine(definitions));
      return { ...unchanged, online };
    }
    const toRead = files.filter(({ source }) => kept?.runIds[source] === undefined);
    const delivery = new StagedDelivery(
      pool,
      definitions,
      run.runId,
      deliveryReader(pool, run.runId, run.params.source),
      toRead,
      kept ? await keptParts(pool, kept) : undefined,
    );
    const staged = await run.step("stage", (step) => delivery.stage(step));
    const validated = await run.step("validate", (step) => this.#validate(delivery, staged, kept, step));
    const parts = await run.step("hash", async (step) => {
      await delivery.settleAgainIfLost(staged, validated, step);
      return this.#hash(validated, step);
    });
    const published = await run.step("publish", async (step) => {
      await delivery.settleAgainIfLost(staged, validated, step);
      return this.#publish(toRead, validated, parts, kept, step);
    });
    const online = await run.step("materialize", (step) => this.#materialize(published.snapshotId, step));
    await lakeStep(run, this.on);
    const { erased } = validated;
    const result = { ...resultOf(published), online, ...(erased && { erased }) };
    if (!mayQuarantine(definitions)) return result;
    return { ...result, quarantined: validated.quarantine.rows };
  }

  async #fingerprint(step: StepContext): Promise<DeliveredFile[]> {
    const { runId, params } = this.run;
    const { pool, dataDir, definitions } = this.on;
    const delivery = { runId, ...params, dataDir, sources: definitions.sources };
    const onListed = (known: number) => {
      const pace = new Pace(step, known / 1e6, "MB", 1);
      return (bytes: number) => pace.advance(bytes / 1e6, "hashed");
    };
    return pinDelivery(pool, delivery, onListed, step.signal);
  }

  /** The snapshot that these files made before, if they did: then it is this run's, too. */
  async #findSame(files: readonly DeliveredFile[], step: StepContext): Promise<SameDelivery | number | null> {
    const { run } = this;
    const { pool, definitions } = this.on;
    const { asOf } = run.params;
    const same = await findSameDelivery(pool, definitions, asOf, files, this.#definitionsSha256);
    if (!same) return null;
    if (same.partly) {
      const names = Object.keys(same.runIds).join(", ");
      await step.log(`the same as before, not read again: ${names}`);
      return same;
    }
    await new RunTracker(pool).saveSnapshot(run.runId, same.id);
    // These bytes were validated then; the report holds for them now.
    const former = await formerValidation(pool, same);
    if (former) await saveValidation(this.on, run, former);
    return same;
  }

  async #validate(
    delivery: StagedDelivery,
    staged: Staged,
    kept: SameDelivery | null,
    step: StepContext,
  ): Promise<Validated> {
    const { run } = this;
    const { pool, definitions } = this.on;
    // A former try of this step may have taken rows out before it was cut off.
    if (mayQuarantine(definitions)) await delivery.stageAgainIfLost(staged.rows, step);
    const tally = ExpectationTally.from(definitions, staged.tally);
    const quarantine = await delivery.settle(tally);
    const former = kept && (await formerValidation(pool, kept));
    const report = former ? joinReports(definitions, reportOf(tally), former) : reportOf(tally);
    await saveValidation(this.on, run, report);
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
    const erased = Object.fromEntries((report.erased ?? []).map(({ source, rows }) => [source, rows]));
    return { rows, quarantine, ...(report.erased && { erased }) };
  }

  async #hash(staged: Validated, step: StepContext): Promise<HashedPart[]> {
    const { pool, definitions } = this.on;
    const sources = stateSources(definitions).filter(({ name }) => staged.rows[name] !== undefined);
    const parts: HashedPart[] = [];
    const pace = new Pace(step, sum(sources.map(({ name }) => staged.rows[name]!)), "rows");
    await inLanes([...sources.entries()], async ([index, source]) => {
      step.signal.throwIfAborted();
      const { name } = source;
      const hashed = { name, key: keyOf(definitions, source), columns: declaredColumns(source) };
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
    kept: SameDelivery | null,
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
      files: files.map(({ source, bytes, sha256, from, pin }) => ({
        name: source,
        bytes,
        rowCount: staged.rows[source]!,
        sha256,
        ...(from === undefined ? {} : { from }),
        ...(pin?.statementSha256 === undefined ? {} : { statementSha256: pin.statementSha256 }),
      })),
      parts,
      ...(kept && { kept: { snapshotId: kept.id, names: Object.keys(kept.runIds) } }),
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
    await step.log(`published: ${[what, ...alsoSaid(published)].join("; ")}`, { ...published.tables });
    await analyzePublished(pool, definitions, publication, await preparing);
    return published;
  }

  async #materialize(snapshotId: number, step: StepContext): Promise<Record<string, MaterializedRows>> {
    const [snapshot] = await new SnapshotStore(this.on.pool).findByIds([snapshotId]);
    return materializeSnapshot(this.run, this.on, snapshot!, step, "skip");
  }
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);

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
