import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { loggedModels } from "../db/tables/logged-models.js";
import { ask, type Fields, jsonbValue, selectList } from "../db/typed.js";
import { BadUserInputError } from "../errors/errors.js";
import { LoggedModelNotFoundError } from "../errors/tracking-errors.js";
import { requireOpenExperiment } from "./experiments.js";
import { freeBlobs } from "./files/blob-uses.js";
import type { ModelMetric } from "./logged-model-metrics.js";
import { RunTracker } from "./run-tracker.js";
import { compileCondition, compileOrder, viewCondition } from "./search/compile.js";
import type { SearchPage, SearchRequest } from "./search/condition.js";
import { loggedModelFields } from "./search/logged-model-fields.js";
import { offsetOf, offsetToken } from "./search/search-page.js";
import { holdTracked } from "./tracked-runs.js";

export const LOGGED_MODEL_STATUSES = ["PENDING", "READY", "UPLOAD_FAILED"] as const;

/** A model that a trainer outside has logged. */
export interface LoggedModel {
  id: string;
  experimentId: number;
  sourceRunId: string | null;
  name: string;
  modelType: string;
  status: (typeof LOGGED_MODEL_STATUSES)[number];
  params: Record<string, string>;
  tags: Record<string, string>;
  actor: string;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export interface NewLoggedModel {
  experimentId: number;
  sourceRunId: string | null;
  name: string;
  modelType: string;
  params: Record<string, string>;
  tags: Record<string, string>;
}

/** A logged model that a run wrote. */
export interface RunOutput {
  modelId: string;
  step: number;
}

export interface LoggedModelChange {
  status?: LoggedModel["status"];
  /** Set where they have a value, removed where it is null; others stay. */
  tags?: Record<string, string | null>;
  params?: Record<string, string>;
  deleted?: boolean;
}

const FIELDS: Fields<LoggedModel> = {
  id: loggedModels.id,
  experimentId: loggedModels.experiment_id,
  sourceRunId: loggedModels.source_run_id,
  name: loggedModels.name,
  modelType: loggedModels.model_type,
  status: loggedModels.status,
  params: loggedModels.params,
  tags: loggedModels.tags,
  actor: loggedModels.actor,
  createdAt: loggedModels.created_at,
  updatedAt: loggedModels.updated_at,
  deletedAt: loggedModels.deleted_at,
};
const LIST = selectList({ ...FIELDS, experimentId: sql`experiment_id::float8` });

/** Parameters and tags of one model together. */
const MAX_NOTED_BYTES = 1024 * 1024;

/** Models as trainers outside log them: files, parameters and tags under an id, registered or not. */
export class LoggedModels {
  constructor(private readonly pool: Pool) {}

  /** PENDING, until its client says that every file is there. */
  async create(model: NewLoggedModel, actor: string): Promise<LoggedModel> {
    const id = randomUUID();
    requireSmall(id, model);
    await withTransaction(this.pool, async (tx) => {
      await requireOpenExperiment(tx, model.experimentId);
      if (model.sourceRunId !== null) await holdTracked(tx, model.sourceRunId);
      await ask(tx, (query) =>
        query.insert(loggedModels).values({
          ...{ id, actor, name: model.name, model_type: model.modelType },
          ...{ experiment_id: model.experimentId, source_run_id: model.sourceRunId },
          ...{ params: jsonbValue(model.params), tags: jsonbValue(model.tags) },
        }),
      );
      if (model.sourceRunId === null) return;
      const message = `model ${model.name} logged by ${actor}`;
      await new RunTracker(tx).event(model.sourceRunId, { type: "LOG", message, data: { loggedModel: id } });
    });
    return this.require(id);
  }

  async find(id: string): Promise<LoggedModel | null> {
    const { rows } = await this.pool.query<LoggedModel>(`select ${LIST} from logged_models where id = $1`, [
      id,
    ]);
    return rows[0] ?? null;
  }

  /** @throws {LoggedModelNotFoundError} there is none, or it was deleted */
  async require(id: string): Promise<LoggedModel> {
    const found = await this.find(id);
    if (found && found.deletedAt === null) return found;
    throw new LoggedModelNotFoundError(id);
  }

  /** @throws {LoggedModelNotFoundError} */
  async change(id: string, { status, tags, params, deleted }: LoggedModelChange): Promise<LoggedModel> {
    return withTransaction(this.pool, async (tx) => {
      await holdLoggedModel(tx, id);
      await ask(tx, (query) =>
        query
          .update(loggedModels)
          .set({
            // What is undefined stays as it is.
            status,
            ...(tags ? { tags: sql`jsonb_strip_nulls(${loggedModels.tags} || ${jsonbValue(tags)})` } : {}),
            ...(params ? { params: sql`${loggedModels.params} || ${jsonbValue(params)}` } : {}),
            ...(deleted ? { deleted_at: sql`clock_timestamp()` } : {}),
            updated_at: sql`clock_timestamp()`,
          })
          .where(eq(loggedModels.id, id)),
      );
      const { rows } = await tx.query<LoggedModel>(`select ${LIST} from logged_models where id = $1`, [id]);
      requireSmall(id, rows[0]!);
      // Nothing restores it, and nobody reads its files any more.
      if (deleted) await dropFiles(tx, id);
      return rows[0]!;
    });
  }

  /** Within these experiments, the newest first unless an order is asked for. */
  async search(
    experimentIds: readonly number[],
    { conditions, order, view, first, after }: SearchRequest,
  ): Promise<SearchPage<LoggedModel>> {
    const values: unknown[] = [experimentIds];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const offset = offsetOf(after);
    const where = [
      "experiment_id = any($1::bigint[])",
      ...viewCondition(view),
      ...conditions.map((condition) => compileCondition(condition, loggedModelFields, parameter)),
    ];
    const by = [...compileOrder(order, loggedModelFields, parameter), "created_at desc", "id desc"];
    const { rows } = await this.pool.query<LoggedModel>(
      `select ${LIST} from logged_models where ${where.join(" and ")} order by ${by.join(", ")} limit ${first + 1} offset ${offset}`,
      values,
    );
    return { found: rows.slice(0, first), next: rows.length > first ? offsetToken(offset + first) : null };
  }

  /** Of each model the latest point of each series and dataset. */
  async latestMetrics(ids: readonly string[]): Promise<ModelMetric[][]> {
    const { rows } = await this.pool.query<Required<ModelMetric>>(
      `select distinct on (model_id, name, dataset_name, dataset_digest) model_id as "modelId", run_id as "runId", name,
         step::float8 as step, at, value, dataset_name as "datasetName", dataset_digest as "datasetDigest"
       from logged_model_metrics where model_id = any($1::uuid[])
       order by model_id, name, dataset_name, dataset_digest, step desc, at desc, value desc`,
      [ids],
    );
    const byModel = new Map<string, ModelMetric[]>(ids.map((id) => [id, []]));
    for (const row of rows) byModel.get(row.modelId)!.push(row);
    return ids.map((id) => byModel.get(id)!);
  }

  /** Says which models a run wrote; the same again changes nothing but the step. */
  async addOutputs(runId: string, outputs: readonly RunOutput[], actor: string): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      await holdTracked(tx, runId);
      // In one order: two that name the same models wait for each other instead of ending in a deadlock.
      const models = [...new Set(outputs.map(({ modelId }) => modelId))].sort();
      for (const id of models) await holdLoggedModel(tx, id);
      await tx.query(
        `insert into run_models (run_id, model_id, role, step)
         select $1, id, 'output', max(step) from unnest($2::uuid[], $3::bigint[]) m(id, step) group by id
         on conflict (run_id, model_id, role) do update set step = excluded.step`,
        [runId, outputs.map(({ modelId }) => modelId), outputs.map(({ step }) => step)],
      );
      const message = `${outputs.length} logged ${outputs.length === 1 ? "model" : "models"} (${actor})`;
      await new RunTracker(tx).event(runId, { type: "LOG", message });
    });
  }

  /** Adds to the list, kept as this tag of the run, of models that clients without logged models stored in its folder. */
  async appendToRun(runId: string, tag: string, model: object, actor: string): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      await holdTracked(tx, runId);
      const { rows } = await tx.query<{ text: string | null }>(
        "select tags ->> $2::text as text from runs where id = $1",
        [runId, tag],
      );
      const text = JSON.stringify([...listOf(rows[0]!.text), model]);
      if (text.length > MAX_NOTED_BYTES)
        throw new BadUserInputError(
          `the models of run ${runId} would have ${text.length} characters, ${MAX_NOTED_BYTES} are accepted`,
        );
      await tx.query("update runs set tags = tags || jsonb_build_object($2::text, $3::text) where id = $1", [
        ...[runId, tag, text],
      ]);
      await new RunTracker(tx).event(runId, {
        type: "LOG",
        message: `model stored in its folder (${actor})`,
      });
    });
  }

  /** Of each run the models that it wrote. */
  async outputs(runIds: readonly string[]): Promise<RunOutput[][]> {
    const { rows } = await this.pool.query<RunOutput & { runId: string }>(
      `select run_id as "runId", model_id as "modelId", step::float8 as step from run_models
       where run_id = any($1::uuid[]) and role = 'output' order by step, model_id`,
      [runIds],
    );
    const byRun = new Map<string, RunOutput[]>(runIds.map((id) => [id, []]));
    for (const { runId, ...output } of rows) byRun.get(runId)!.push(output);
    return runIds.map((id) => byRun.get(id)!);
  }
}

/** Locks the model to the end of the transaction. @throws {LoggedModelNotFoundError} there is none, or it was deleted */
export async function holdLoggedModel(tx: Client | Queryable, id: string): Promise<void> {
  const { rows } = await tx.query<{ deleted: boolean }>(
    "select deleted_at is not null as deleted from logged_models where id = $1 for no key update",
    [id],
  );
  if (!rows[0] || rows[0].deleted) throw new LoggedModelNotFoundError(id);
}

/** What the tag holds; nothing where a client has set it to what is no list. */
function listOf(text: string | null): unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

async function dropFiles(tx: Client, id: string): Promise<void> {
  const { rows } = await tx.query<{ sha256: string }>(
    "delete from logged_model_files where model_id = $1 returning sha256",
    [id],
  );
  await freeBlobs(tx, [...new Set(rows.map(({ sha256 }) => sha256))]);
}

function requireSmall(id: string, { params, tags }: Pick<LoggedModel, "params" | "tags">): void {
  const bytes = Buffer.byteLength(JSON.stringify({ params, tags }));
  if (bytes <= MAX_NOTED_BYTES) return;
  throw new BadUserInputError(
    `params and tags: logged model ${id} would have ${bytes} bytes of them, ${MAX_NOTED_BYTES} are accepted`,
  );
}
