import { randomUUID } from "node:crypto";
import { and, asc, eq, sql } from "drizzle-orm";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { artifacts, runEvents, runLatestMetrics, runs } from "../db/tables/runs.js";
import { ask, find, jsonbValue } from "../db/typed.js";
import { BadUserInputError, ConflictError, RunNotFoundError } from "../errors/errors.js";
import {
  AlreadyLoggedError,
  DeletedError,
  NotExternalRunError,
  RunEndedError,
} from "../errors/tracking-errors.js";
import { currentRequest } from "../observability/request-scope.js";
import { ArtifactStore, type NewArtifact, sha256Hex } from "./artifact-store.js";
import { jsonDigest, sameJson } from "./canonical-json.js";
import { DEFAULT_EXPERIMENT } from "./experiments.js";
import { replacePoints } from "./metric-points.js";
import type { Artifact, MetricPoint, Run, RunStatus } from "./run.js";
import { RunStore } from "./run-store.js";
import { type NewEvent, RunTracker } from "./run-tracker.js";

/** Bounds of one run made elsewhere. */
export const MAX_SERIES = 10_000;
export const MAX_PARAMS_BYTES = 256 * 1024;
const SHOWN_METRICS = 20;
const FOREIGN_KEY_VIOLATION = "23503";

export interface NewExternalRun {
  /** Chosen by the client, so that a repeated request makes no second run. */
  id?: string | null;
  name?: string | null;
  params: Record<string, unknown>;
  tags: Record<string, string>;
  note?: string | null;
  environment: Record<string, unknown>;
  gitCommit?: string | null;
}

export type EndStatus = Extract<RunStatus, "SUCCEEDED" | "FAILED" | "CANCELLED">;

/**
 * Runs made elsewhere: a trainer outside writes what it does as it goes. One call at a time per run, each in one
 * transaction with its event; an ended run takes nothing more.
 */
export class ExternalRuns {
  readonly #store: RunStore;

  constructor(private readonly pool: Pool) {
    this.#store = new RunStore(pool);
  }

  /**
   * RUNNING from here on. The same request again is the same run, whatever it has logged since.
   * @throws {ConflictError} the id is another run's, or the run was begun with something else
   */
  async create(run: NewExternalRun, actor: string): Promise<Run> {
    const id = run.id ?? randomUUID();
    const request = digestsOf(run);
    await withTransaction(this.pool, async (tx) => {
      const { gitCommit: git_commit, ...row } = run;
      const begun = {
        ...row,
        ...{
          params: jsonbValue(run.params),
          tags: jsonbValue(run.tags),
          environment: jsonbValue(run.environment),
        },
        ...{ id, kind: "EXTERNAL", status: "RUNNING", actor, git_commit, request_id: currentRequest()?.id },
        ...{ started_at: sql`clock_timestamp()`, experiment_id: DEFAULT_EXPERIMENT },
      };
      const { rowCount } = await ask(tx, (query) =>
        query.insert(runs).values(begun).onConflictDoNothing({ target: runs.id }),
      );
      if (!rowCount) return;
      await new RunTracker(tx).event(id, {
        type: "STATUS",
        message: `begun by ${actor}`,
        data: { request },
      });
    });
    const found = (await this.#store.find(id))!;
    if (found.kind !== "EXTERNAL" || found.actor !== actor) {
      throw new ConflictError(
        `run ${id} is there already, a ${found.kind} run of ${found.actor}'s; leave the id out, or take a new UUID`,
        { id },
      );
    }
    await this.#requireSameRequest(id, request);
    return found;
  }

  /** Runs of earlier releases did not keep what they were begun with: of these nothing is known. */
  async #requireSameRequest(id: string, request: Record<string, string>): Promise<void> {
    const [first] = await find<{ request: Record<string, string> | null }>(
      this.pool,
      { request: sql`${runEvents.data}->'request'` },
      (select) => select.from(runEvents).where(eq(runEvents.run_id, id)).orderBy(asc(runEvents.id)).limit(1),
    );
    const begunWith = first?.request;
    if (!begunWith) return;
    const others = Object.keys(request).filter((field) => begunWith[field] !== request[field]);
    if (others.length === 0) return;
    throw new ConflictError(
      `run ${id} is there already, begun with ${others.length === 1 ? "another" : "other"} ${others.join(", ")}; ` +
        "send the request as it was, take a new UUID, or change the run by logParams and updateRun",
      { id, differs: others },
    );
  }

  /**
   * A point is known by name and step: the same again changes nothing, another value takes its place.
   * @throws {BadUserInputError} more than 10 000 series
   */
  async logMetrics(runId: string, points: readonly MetricPoint[]): Promise<Run> {
    return this.#write(runId, async (tx) => {
      const unique = await replacePoints(tx, runId, points);
      await requireFewSeries(tx, runId);
      await new RunTracker(tx).event(runId, pointsEvent(unique));
    });
  }

  /** @throws {AlreadyLoggedError} a parameter is there with another value */
  async logParams(runId: string, params: Record<string, unknown>): Promise<Run> {
    return this.#write(runId, async (tx, run) => {
      requireSameParams(run, params);
      const bytes = Buffer.byteLength(JSON.stringify({ ...run.params, ...params }));
      if (bytes > MAX_PARAMS_BYTES) {
        throw new BadUserInputError(
          `params: run ${runId} would have ${bytes} bytes of them, ${MAX_PARAMS_BYTES} are accepted; log large values as an artifact`,
        );
      }
      const tracker = new RunTracker(tx);
      await tracker.addParams(runId, params);
      const names = Object.keys(params).slice(0, SHOWN_METRICS).join(", ");
      await tracker.event(runId, { type: "LOG", message: `parameters: ${names}` });
    });
  }

  /**
   * @throws {AlreadyLoggedError} the run has other bytes under that name
   * @throws {BadUserInputError} the bytes are not those the client says
   */
  async logArtifact(runId: string, artifact: NewArtifact, expected?: string | null): Promise<Artifact> {
    const { name, mediaType, bytes } = artifact;
    const sha256 = sha256Hex(bytes);
    if (expected && expected !== sha256) {
      throw new BadUserInputError(
        `artifact ${JSON.stringify(name)}: ${bytes.byteLength} bytes with the SHA-256 ${sha256} arrived, ${expected} was announced; send it again`,
        { sha256 },
      );
    }
    await savingBytes(() => this.#write(runId, (tx) => addArtifact(tx, runId, artifact)));
    return { name, mediaType, bytes: bytes.byteLength, sha256 };
  }

  /** The same end again is no error: the answer to the first may have been lost. */
  async finish(runId: string, status: EndStatus, reason: string | null, actor: string): Promise<Run> {
    const run = await this.#find(runId);
    if (run.kind === "EXTERNAL" && run.status === status) return run;
    return this.#write(runId, (tx) => endRun(tx, runId, status, reason, actor));
  }

  async #write(runId: string, work: (tx: Client, run: Run) => Promise<void>): Promise<Run> {
    await withTransaction(this.pool, async (tx) => work(tx, await holdOpen(tx, runId)));
    return this.#find(runId);
  }

  async #find(runId: string): Promise<Run> {
    const run = await this.#store.find(runId);
    if (!run) throw new RunNotFoundError(runId);
    return run;
  }
}

/** What a run is begun with, by field: what a repeated request is held against. */
const digestsOf = ({ name, params, tags, note, environment, gitCommit }: NewExternalRun) =>
  Object.fromEntries(
    Object.entries({ name, params, tags, note, environment, gitCommit }).map(([field, value]) => [
      field,
      jsonDigest(value ?? null),
    ]),
  );

/**
 * Locks the run to the end of the transaction.
 * @throws {RunNotFoundError}
 * @throws {NotExternalRunError}
 * @throws {RunEndedError} unless it is in one of these states
 */
export async function holdOpen(
  tx: Client,
  runId: string,
  accepted: readonly RunStatus[] = ["RUNNING"],
): Promise<Run> {
  await ask(tx, (query) =>
    query.select({ id: runs.id }).from(runs).where(eq(runs.id, runId)).for("no key update"),
  );
  const run = await new RunStore(tx).find(runId);
  if (!run) throw new RunNotFoundError(runId);
  if (run.kind !== "EXTERNAL") throw new NotExternalRunError(runId, run.kind);
  if (run.deletedAt) throw new DeletedError(`run ${runId}`, { runId });
  if (!accepted.includes(run.status)) throw new RunEndedError(runId, run.status);
  return run;
}

/**
 * In the caller's transaction, which holds the run; the same bytes again change nothing.
 * @throws {AlreadyLoggedError} the run has other bytes under that name
 */
export async function addArtifact(tx: Client, runId: string, artifact: NewArtifact): Promise<void> {
  const { name, bytes } = artifact;
  const sha256 = sha256Hex(bytes);
  const isNamed = and(eq(artifacts.run_id, runId), eq(artifacts.name, name));
  const [there] = await find<{ sha256: string }>(tx, { sha256: artifacts.sha256 }, (select) =>
    select.from(artifacts).where(isNamed),
  );
  if (there?.sha256 === sha256) return;
  if (there) {
    const what = `has an artifact ${JSON.stringify(name)} with the SHA-256 ${there.sha256}; ${sha256} was sent`;
    throw new AlreadyLoggedError(runId, what, { name, sha256: there.sha256 });
  }
  await new ArtifactStore(tx).save(runId, artifact);
  await new RunTracker(tx).event(runId, {
    type: "LOG",
    message: `artifact ${name}: ${bytes.byteLength} bytes`,
    data: { name, sha256, bytes: bytes.byteLength },
  });
}

/** Once more where the last other run with these bytes was deleted between the saving of the bytes and of their name. */
export const savingBytes = <T>(save: () => Promise<T>): Promise<T> =>
  save().catch((error) =>
    (error as { code?: string }).code === FOREIGN_KEY_VIOLATION ? save() : Promise.reject(error),
  );

export async function endRun(
  tx: Client,
  runId: string,
  status: EndStatus,
  reason: string | null,
  actor: string,
): Promise<void> {
  const error =
    status === "FAILED" ? { code: "EXTERNAL", message: reason ?? "no reason was given", step: null } : null;
  const finished_at = sql`greatest(clock_timestamp(), started_at)`;
  await ask(tx, (query) =>
    query
      .update(runs)
      .set({ status, finished_at, error: error && jsonbValue(error) })
      .where(eq(runs.id, runId)),
  );
  const word = status === "CANCELLED" ? `cancelled by ${actor}` : status.toLowerCase();
  await new RunTracker(tx).event(runId, {
    type: "STATUS",
    status,
    message: reason ? `${word}: ${reason}` : word,
    progress: status === "SUCCEEDED" ? 1 : null,
  });
}

export async function requireFewSeries(tx: Client, runId: string): Promise<void> {
  const count = await ask(tx, (query) => query.$count(runLatestMetrics, eq(runLatestMetrics.run_id, runId)));
  if (count <= MAX_SERIES) return;
  throw new BadUserInputError(
    `metrics: run ${runId} would have ${count} series, ${MAX_SERIES} are accepted; a step is no part of a name`,
  );
}

/** @throws {AlreadyLoggedError} a parameter is there with another value */
export function requireSameParams(run: Run, params: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(params)) {
    if (!Object.hasOwn(run.params, name)) continue;
    const there = run.params[name];
    if (sameJson(there, value)) continue;
    const what = `has the parameter ${JSON.stringify(name)} with the value ${JSON.stringify(there)?.slice(0, 200)}`;
    throw new AlreadyLoggedError(run.id, what, { name });
  }
}

/** What was measured, in words and as JSON, which has no NaN. */
export function pointsEvent(points: readonly MetricPoint[]): NewEvent {
  const latest = latestOf(points);
  const shown = Object.entries(latest).slice(0, SHOWN_METRICS);
  const words = shown.map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`).join(", ");
  return {
    type: "METRIC",
    message: `${points.length} ${points.length === 1 ? "point" : "points"}: ${words}${shown.length < Object.keys(latest).length ? ", …" : ""}`,
    data: Object.fromEntries(
      shown.map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]),
    ),
  };
}

/** The value of each name's greatest step. */
function latestOf(points: readonly MetricPoint[]): Record<string, number> {
  const latest = new Map<string, MetricPoint>();
  for (const point of points) {
    const there = latest.get(point.name);
    if (!there || (point.step ?? 0) >= (there.step ?? 0)) latest.set(point.name, point);
  }
  return Object.fromEntries([...latest].map(([name, { value }]) => [name, value]));
}
