import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { runs } from "../db/tables/runs.js";
import { ask, jsonbValue } from "../db/typed.js";
import { BadUserInputError, RunNotFoundError } from "../errors/errors.js";
import {
  AlreadyLoggedError,
  DeletedError,
  NotExternalRunError,
  RunSealedError,
} from "../errors/tracking-errors.js";
import { currentRequest } from "../observability/request-scope.js";
import { requireOpenExperiment } from "./experiments.js";
import { type EndStatus, endRun, pointsEvent, requireFewSeries } from "./external-runs.js";
import { addModelMetrics, type ModelMetric } from "./logged-model-metrics.js";
import { addPoints } from "./metric-points.js";
import { paramText } from "./param-text.js";
import type { MetricPoint, Run, RunStatus } from "./run.js";
import { MAX_TAGS } from "./run-annotations.js";
import { type DatasetInput, findInputs } from "./run-inputs.js";
import { RunStore } from "./run-store.js";
import { type NewEvent, RunTracker } from "./run-tracker.js";
import { isOwnOf } from "./version-of-run.js";

/** Of one run's parameters together. */
export const MAX_TRACKED_PARAMS_BYTES = 5 * 1024 * 1024;
/** Of what one run says of its datasets together. */
export const MAX_INPUTS_BYTES = 1024 * 1024;
const SHOWN = 10;

/** What a client of a tracking protocol says of a run; what is absent stays as it is. */
export interface TrackedNotes {
  name?: string | null;
  note?: string | null;
  gitCommit?: string | null;
  /** Of a run that is not there, or is asof's own, nothing is kept but the tag. */
  parentRunId?: string | null;
  /** Set where they have a value, removed where it is null; others stay. */
  tags?: Record<string, string | null>;
}

export interface NewTrackedRun extends TrackedNotes {
  experimentId: number;
  startedAt: Date | null;
}

/** All or nothing. */
export interface TrackedBatch {
  points: readonly MetricPoint[];
  /** Texts; one that is there keeps its value. */
  params: Record<string, string>;
  notes: TrackedNotes;
  /** Those of the points that were logged of a model. */
  ofModels?: readonly ModelMetric[];
}

export interface TrackedState {
  status?: Exclude<RunStatus, "QUEUED">;
  endedAt?: Date | null;
  name?: string;
}

/**
 * Runs made elsewhere, as tracking protocols write them: several points a step, parameters as texts, and an ended run that
 * is taken up again. Each call is one transaction with its event. What seals a run is a model version made from it.
 */
export class TrackedRuns {
  constructor(private readonly pool: Pool) {}

  /** RUNNING from here on. */
  async begin({ experimentId, startedAt, ...notes }: NewTrackedRun, actor: string): Promise<Run> {
    const id = randomUUID();
    return withTransaction(this.pool, async (tx) => {
      await requireOpenExperiment(tx, experimentId);
      await ask(tx, (query) =>
        query.insert(runs).values({
          ...{ id, kind: "EXTERNAL", status: "RUNNING", actor, params: jsonbValue({}) },
          ...{ experiment_id: experimentId, request_id: currentRequest()?.id ?? null },
          started_at: startedAt ?? sql`clock_timestamp()`,
        }),
      );
      await writeNotes(tx, id, notes);
      await new RunTracker(tx).event(id, { type: "STATUS", message: `begun by ${actor}` });
      return (await new RunStore(tx).find(id))!;
    });
  }

  /**
   * Nothing is written where it throws.
   * @throws {AlreadyLoggedError} a parameter is there with another value
   * @throws {LoggedModelNotFoundError} a point is of a model that is none
   */
  async logBatch(runId: string, batch: TrackedBatch, actor: string): Promise<void> {
    const { points, params, notes, ofModels = [] } = batch;
    const names = Object.keys(params);
    const changesRow = names.length > 0 || Object.keys(notes).length > 0;
    await withTransaction(this.pool, async (tx) => {
      const held = await holdTracked(tx, runId, { names, exclusively: changesRow });
      if (points.length > 0 || names.length > 0) requireUnsealed(runId, held);
      if (names.length > 0) await addTexts(tx, runId, held, params);
      if (points.length > 0) {
        await addPoints(tx, runId, points);
        await requireFewSeries(tx, runId);
        await addModelMetrics(tx, ofModels);
      }
      await writeNotes(tx, runId, notes);
      const event = batchEvent(points, names, notes, actor);
      if (event) await new RunTracker(tx).event(runId, event);
    });
  }

  /** Its name, its end, or that it goes on. */
  async setState(runId: string, { status, endedAt, name }: TrackedState, actor: string): Promise<Run> {
    return withTransaction(this.pool, async (tx) => {
      const held = await holdTracked(tx, runId);
      if (name !== undefined) await writeNotes(tx, runId, { name });
      if (status === "RUNNING" && held.status !== "RUNNING") {
        requireUnsealed(runId, held);
        await resume(tx, runId, actor);
      } else if (status !== undefined && status !== "RUNNING" && status !== held.status) {
        await endRun(tx, runId, status satisfies EndStatus, null, actor);
      }
      if (endedAt && status !== undefined && status !== "RUNNING") await setEnd(tx, runId, endedAt);
      return (await new RunStore(tx).find(runId))!;
    });
  }

  /** Puts the run aside, whatever it does, or brings it back. Again is no error. */
  async setDeleted(runId: string, isDeleted: boolean, actor: string): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      const run = await new RunStore(tx).find(runId);
      if (run && !isDeleted && run.kind === "EXTERNAL") await requireOpenExperiment(tx, run.experimentId);
      const { deletedAt } = await holdTracked(tx, runId, { deleted: true });
      if ((deletedAt !== null) === isDeleted) return;
      const deleted_at = isDeleted ? sql`clock_timestamp()` : null;
      await ask(tx, (query) => query.update(runs).set({ deleted_at }).where(eq(runs.id, runId)));
      const message = isDeleted ? `put aside by ${actor}` : `brought back by ${actor}`;
      await new RunTracker(tx).event(runId, { type: "LOG", message });
    });
  }

  /**
   * A dataset is known by name and digest: the same again takes the place of the first.
   * @param snapshotId that one of them was read from: the run is part of its lineage
   */
  async logInputs(
    runId: string,
    inputs: readonly DatasetInput[],
    snapshotId: number | null,
    actor: string,
  ): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      await holdTracked(tx, runId);
      const [there] = await findInputs(tx, [runId]);
      const known = new Map(
        [...there!, ...inputs].map((each) => [JSON.stringify([each.name, each.digest]), each]),
      );
      const all = [...known.values()];
      const bytes = Buffer.byteLength(JSON.stringify(all));
      if (bytes > MAX_INPUTS_BYTES) {
        throw new BadUserInputError(
          `datasets: run ${runId} would have ${bytes} bytes of them, ${MAX_INPUTS_BYTES} are accepted; leave out schemas or profiles`,
        );
      }
      await ask(tx, (query) =>
        query
          .update(runs)
          .set({ inputs: jsonbValue(all) })
          .where(eq(runs.id, runId)),
      );
      if (snapshotId !== null) await new RunTracker(tx).saveSnapshot(runId, snapshotId);
      const message = `datasets: ${inputs
        .map(({ name }) => name)
        .slice(0, SHOWN)
        .join(", ")} (${actor})`;
      await new RunTracker(tx).event(runId, { type: "LOG", message });
    });
  }
}

interface HeldRun {
  kind: string;
  status: RunStatus;
  deletedAt: Date | null;
  /** The model version that was registered from it. */
  version: string | null;
  /** Of the parameters that were asked for those that are there. */
  there: Record<string, unknown>;
  paramsBytes: number;
}

const HELD = `
  select kind, status, deleted_at as "deletedAt", octet_length(params::text) as "paramsBytes",
    (select 'version ' || version || ' of ' || model from model_versions v where ${isOwnOf("$1", "v")} limit 1) as version,
    (select coalesce(jsonb_object_agg(name, value), '{}') from (
       select name, coalesce(params -> name, params #> string_to_array(name, '.')) as value from unnest($2::text[]) asked(name)
     ) found where value is not null) as there
  from runs where id = $1`;

/**
 * Locks the run to the end of the transaction. Who only adds points does not wait for others that do.
 * @throws {RunNotFoundError}
 * @throws {NotExternalRunError}
 * @throws {DeletedError} unless `deleted`
 */
export async function holdTracked(
  tx: Client,
  runId: string,
  {
    names = [],
    exclusively = true,
    deleted = false,
  }: { names?: readonly string[]; exclusively?: boolean; deleted?: boolean } = {},
): Promise<HeldRun> {
  const { rows } = await tx.query<HeldRun>(`${HELD} for ${exclusively ? "no key update" : "share"}`, [
    runId,
    names,
  ]);
  const held = rows[0];
  if (!held) throw new RunNotFoundError(runId);
  if (held.kind !== "EXTERNAL") throw new NotExternalRunError(runId, held.kind);
  if (held.deletedAt && !deleted) throw new DeletedError(`run ${runId}`, { runId });
  return held;
}

function requireUnsealed(runId: string, { version }: HeldRun): void {
  if (version) throw new RunSealedError(runId, version);
}

async function addTexts(
  tx: Client,
  runId: string,
  { there, paramsBytes }: HeldRun,
  params: Record<string, string>,
): Promise<void> {
  for (const [name, value] of Object.entries(there)) {
    if (paramText(value) === params[name]) continue;
    const what = `has the parameter ${JSON.stringify(name)} with the value ${JSON.stringify(paramText(value).slice(0, 200))}`;
    throw new AlreadyLoggedError(runId, what, { name });
  }
  const added = Object.fromEntries(Object.entries(params).filter(([name]) => !Object.hasOwn(there, name)));
  const bytes = paramsBytes + Buffer.byteLength(JSON.stringify(added));
  if (bytes > MAX_TRACKED_PARAMS_BYTES) {
    throw new BadUserInputError(
      `params: run ${runId} would have ${bytes} bytes of them, ${MAX_TRACKED_PARAMS_BYTES} are accepted; log large values as an artifact`,
    );
  }
  if (Object.keys(added).length > 0) await new RunTracker(tx).addParams(runId, added);
}

async function writeNotes(tx: Client, runId: string, notes: TrackedNotes): Promise<void> {
  const { tags, parentRunId, gitCommit, name, note } = notes;
  if (Object.values(notes).every((each) => each === undefined)) return;
  // Candidates and trials are of the run that executes them: nobody else adds any.
  const parent =
    parentRunId &&
    sql`(select p.id from runs p where p.id = ${parentRunId}::uuid and p.id <> ${runId}::uuid and p.kind = 'EXTERNAL')`;
  const [run] = await ask(tx, (query) =>
    query
      .update(runs)
      .set({
        // What is undefined stays as it is.
        ...{ name, note, git_commit: gitCommit, parent_run_id: parent },
        ...(tags ? { tags: sql`jsonb_strip_nulls(${runs.tags} || ${jsonbValue(tags)})` } : {}),
      })
      .where(eq(runs.id, runId))
      .returning({ tags: sql<number>`(select count(*)::int from jsonb_object_keys(tags))` }),
  );
  if (run!.tags <= MAX_TAGS) return;
  throw new BadUserInputError(`tags: run ${runId} would have ${run!.tags}, ${MAX_TAGS} are accepted`);
}

async function resume(tx: Client, runId: string, actor: string): Promise<void> {
  await ask(tx, (query) =>
    query.update(runs).set({ status: "RUNNING", finished_at: null, error: null }).where(eq(runs.id, runId)),
  );
  const message = `taken up again by ${actor}`;
  await new RunTracker(tx).event(runId, { type: "STATUS", status: "RUNNING", message });
}

/** Nothing ends before it began, though the client's clock say so. */
async function setEnd(tx: Client, runId: string, endedAt: Date): Promise<void> {
  await ask(tx, (query) =>
    query
      .update(runs)
      .set({ finished_at: sql`greatest(${endedAt.toISOString()}::timestamptz, started_at)` })
      .where(eq(runs.id, runId)),
  );
}

/** What a batch wrote, in one event; null where it is empty. */
function batchEvent(
  points: readonly MetricPoint[],
  params: readonly string[],
  { tags, ...notes }: TrackedNotes,
  actor: string,
): NewEvent | null {
  const said = [
    ...(params.length > 0 ? [`parameters: ${few(params)}`] : []),
    ...(tags && Object.keys(tags).length > 0 ? [`tags: ${few(Object.keys(tags))}`] : []),
    ...Object.keys(notes),
  ];
  const noted = said.length > 0 ? `${said.join("; ")} (${actor})` : "";
  if (points.length === 0) return noted ? { type: "LOG", message: noted } : null;
  const event = pointsEvent(points);
  return noted ? { ...event, message: `${event.message}; ${noted}` } : event;
}

const few = (names: readonly string[]): string =>
  `${names.slice(0, SHOWN).join(", ")}${names.length > SHOWN ? ", …" : ""}`;
