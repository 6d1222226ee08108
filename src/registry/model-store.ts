import { and, asc, desc, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { models, modelVersions, stageTransitions } from "../db/tables/models.js";
import { ask, find, isAnyOf, jsonbValue } from "../db/typed.js";
import { ConflictError } from "../errors/errors.js";
import { QueryTooComplexError } from "../errors/limit-errors.js";
import type {
  Algorithm,
  GateResult,
  ModelSignature,
  ModelVersion,
  RegisteredModel,
  Stage,
  StageTransition,
} from "./model.js";
import {
  EMPTIED_MODELS,
  LAST_IN_PRODUCTION,
  MODEL_FIELDS,
  NEWEST_TRANSITIONS,
  NEWEST_VERSIONS,
  REACHABLE_VERSIONS,
  REGISTER_VERSION,
  TRANSITION_FIELDS,
  VERSION_FIELDS,
  VERSIONS_BY_ALIAS,
  VERSIONS_BY_KEY,
  VERSIONS_BY_RUN,
} from "./model-store.sql.js";

/** Where a version has a stage that serves. */
const SERVING = isAnyOf(modelVersions.stage, ["PRODUCTION", "STAGING"]);

export interface VersionKey {
  model: string;
  version: number;
}

export interface AliasKey {
  model: string;
  alias: string;
}

/** Versions of one answer: each has a signature with all its features. */
const VERSIONS_TOGETHER = 10_000;

export interface NewVersion {
  model: string;
  algorithm: Algorithm;
  sha256: string;
  bytes: number;
  runId: string;
  snapshotId: number;
  labelSnapshotId: number;
  signature: ModelSignature;
  threshold: number;
}

export interface NewTransition {
  model: string;
  version: number;
  from: Stage;
  to: Stage;
  actor: string;
  reason: string | null;
  gates: GateResult[];
  forced: boolean;
  /** What `lockHistory` gave. */
  at: string;
}

/** Models, their versions and the history of their stages. */
export class ModelStore {
  constructor(private readonly db: Queryable) {}

  /** @param first how many at most; all unless given */
  async listModels(first: number | null = null): Promise<RegisteredModel[]> {
    return find(this.db, MODEL_FIELDS, (select) => {
      const all = select.from(models).orderBy(asc(models.name));
      return first === null ? all : all.limit(first);
    });
  }

  async findModels(names: readonly string[]): Promise<(RegisteredModel | null)[]> {
    const rows = await find(this.db, MODEL_FIELDS, (select) =>
      select.from(models).where(isAnyOf(models.name, names)),
    );
    const byName = new Map(rows.map((model) => [model.name, model]));
    return names.map((name) => byName.get(name) ?? null);
  }

  async findModel(name: string): Promise<RegisteredModel | null> {
    return (await this.findModels([name]))[0]!;
  }

  async declareModel(name: string, description: string | null): Promise<void> {
    const isOthers = and(
      isNull(models.described_by),
      sql`${models.description} is distinct from excluded.description`,
    );
    await ask(this.db, (query) =>
      query
        .insert(models)
        .values({ name, description })
        .onConflictDoUpdate({ target: models.name, set: { description }, setWhere: isOthers }),
    );
  }

  /** Of each model its newest, newest first. @throws {QueryTooComplexError} more than `VERSIONS_TOGETHER` */
  async versions(
    names: readonly string[],
    first: number,
    before: number | null = null,
  ): Promise<ModelVersion[][]> {
    const { rows } = await this.db.query<ModelVersion>(NEWEST_VERSIONS, [
      names,
      first,
      VERSIONS_TOGETHER + 1,
      before,
    ]);
    if (rows.length > VERSIONS_TOGETHER) {
      const advice = "ask for fewer models at once, or for single versions with modelVersion";
      throw new QueryTooComplexError("versions", VERSIONS_TOGETHER, rows.length, advice);
    }
    return byModel(names, rows);
  }

  /** Of each model those in Production and Staging: one each at most. */
  async servingVersions(names: readonly string[]): Promise<ModelVersion[][]> {
    return byModel(names, await this.#versionsWhere(and(isAnyOf(modelVersions.model, names), SERVING)));
  }

  async findVersion(model: string, version: number): Promise<ModelVersion | null> {
    const isIt = and(eq(modelVersions.model, model), eq(modelVersions.version, version));
    return (await this.#versionsWhere(isIt))[0] ?? null;
  }

  async findVersions(keys: readonly VersionKey[]): Promise<(ModelVersion | null)[]> {
    const { rows } = await this.db.query<ModelVersion>(VERSIONS_BY_KEY, [
      keys.map(({ model }) => model),
      keys.map(({ version }) => version),
    ]);
    const byKey = new Map(rows.map((row) => [`${row.version} ${row.model}`, row]));
    return keys.map(({ model, version }) => byKey.get(`${version} ${model}`) ?? null);
  }

  async findVersionsByRun(runIds: readonly string[]): Promise<(ModelVersion | null)[]> {
    const { rows } = await this.db.query<ModelVersion & { asked: string }>(VERSIONS_BY_RUN, [runIds]);
    const byRun = new Map(rows.map(({ asked, ...version }) => [asked, version]));
    return runIds.map((id) => byRun.get(id) ?? null);
  }

  async inStage(model: string, stage: Stage): Promise<ModelVersion | null> {
    const isIn = and(eq(modelVersions.model, model), eq(modelVersions.stage, stage));
    return (await this.#versionsWhere(isIn, 1))[0] ?? null;
  }

  #versionsWhere(condition: SQL | undefined, first?: number): Promise<ModelVersion[]> {
    return find(this.db, VERSION_FIELDS, (select) => {
      const all = select.from(modelVersions).where(condition);
      return first === undefined ? all : all.limit(first);
    });
  }

  /** Versions that hold a stage that serves, or a name; each with its stage and its aliases. */
  async reachable(): Promise<(ModelVersion & { names: string[] })[]> {
    const { rows } = await this.db.query<ModelVersion & { names: string[] }>(REACHABLE_VERSIONS);
    return rows;
  }

  /** Models that had a version in Production and have none now; the one that left last, and when. */
  async emptied(): Promise<{ model: string; version: number; at: Date }[]> {
    const { rows } = await this.db.query<{ model: string; version: number; at: Date }>(EMPTIED_MODELS);
    return rows;
  }

  async byAlias(model: string, alias: string): Promise<ModelVersion | null> {
    return (await this.byAliases([{ model, alias }]))[0]!;
  }

  async byAliases(keys: readonly AliasKey[]): Promise<(ModelVersion | null)[]> {
    const { rows } = await this.db.query<ModelVersion & { alias: string }>(VERSIONS_BY_ALIAS, [
      keys.map(({ model }) => model),
      keys.map(({ alias }) => alias),
    ]);
    const byKey = new Map(rows.map(({ alias, ...version }) => [`${alias} ${version.model}`, version]));
    return keys.map(({ model, alias }) => byKey.get(`${alias} ${model}`) ?? null);
  }

  /** The version that was in Production at the end of that calendar date, UTC. */
  async inProductionOn(model: string, asOf: string): Promise<ModelVersion | null> {
    const [last] = await find<Pick<StageTransition, "version" | "to">>(
      this.db,
      { version: stageTransitions.version, to: stageTransitions.to_stage },
      (select) =>
        select
          .from(stageTransitions)
          .where(
            and(
              eq(stageTransitions.model, model),
              sql`${stageTransitions.at} < ((${asOf}::date + 1)::timestamp at time zone 'UTC')`,
              or(eq(stageTransitions.to_stage, "PRODUCTION"), eq(stageTransitions.from_stage, "PRODUCTION")),
            ),
          )
          .orderBy(desc(stageTransitions.id))
          .limit(1),
    );
    return last?.to === "PRODUCTION" ? this.findVersion(model, last.version) : null;
  }

  /**
   * The version that came into Production last: but for `production`, and before it came, where that is in Production now.
   */
  async lastInProduction(model: string, production: number | null): Promise<ModelVersion | null> {
    const { rows } = await this.db.query<{ version: number }>(LAST_IN_PRODUCTION, [model, production]);
    return rows[0] ? this.findVersion(model, rows[0].version) : null;
  }

  /** Of each model, or version of one, the newest first. */
  async transitions(
    keys: readonly { model: string; version: number | null }[],
    first: number,
    before: string | null = null,
  ): Promise<StageTransition[][]> {
    const { rows } = await this.db.query<StageTransition & { ordinal: number }>(NEWEST_TRANSITIONS, [
      keys.map(({ model }) => model),
      keys.map(({ version }) => version),
      first,
      before,
    ]);
    const found: StageTransition[][] = keys.map(() => []);
    for (const { ordinal, ...transition } of rows) found[ordinal - 1]!.push(transition);
    return found;
  }

  async transitionsAfter(id: string): Promise<StageTransition[]> {
    return find(this.db, TRANSITION_FIELDS, (select) =>
      select
        .from(stageTransitions)
        .where(gt(stageTransitions.id, BigInt(id)))
        .orderBy(asc(stageTransitions.id)),
    );
  }

  async lastTransitionId(): Promise<string> {
    const [last] = await find<{ id: string }>(
      this.db,
      { id: sql`coalesce(max(${stageTransitions.id}), 0)::text` },
      (select) => select.from(stageTransitions),
    );
    return last!.id;
  }

  /** Registers the run's version, the model's next number; the same run again gets the version it already has. */
  async register(version: NewVersion): Promise<ModelVersion> {
    await this.db.query("select 1 from models where name = $1 for update", [version.model]);
    const { rows } = await this.db.query<ModelVersion>(REGISTER_VERSION, [
      version.model,
      version.algorithm,
      version.sha256,
      version.bytes,
      version.runId,
      version.snapshotId,
      version.labelSnapshotId,
      version.signature,
      version.threshold,
    ]);
    return rows[0] ?? (await this.findVersionsByRun([version.runId]))[0]!;
  }

  /** @throws {ConflictError} it is gone, or not in the stage it was found in */
  async setStage({ id, model, version, stage }: ModelVersion, to: Stage): Promise<void> {
    const isAsFound = and(eq(modelVersions.id, Number(id)), eq(modelVersions.stage, stage));
    const { rowCount } = await ask(this.db, (query) =>
      query.update(modelVersions).set({ stage: to }).where(isAsFound),
    );
    if (rowCount === 1) return;
    throw new ConflictError(
      `version ${version} of ${JSON.stringify(model)} is no longer in ${stage}: nothing was changed; ask again`,
      { model, version },
    );
  }

  /** @throws {ConflictError} it is gone already */
  async delete({ id, model, version }: ModelVersion): Promise<void> {
    const { rowCount } = await ask(this.db, (query) =>
      query.delete(modelVersions).where(eq(modelVersions.id, Number(id))),
    );
    if (rowCount === 1) return;
    throw new ConflictError(`version ${version} of ${JSON.stringify(model)} is gone already`, {
      model,
      version,
    });
  }

  /**
   * Held to the end of the transaction: ids of transitions grow in the order they become visible.
   * @returns the instant of the move, never before the last one's: its transitions share it, so that no date ends between them
   */
  async lockHistory(): Promise<string> {
    await this.db.query("select pg_advisory_xact_lock(hashtextextended('asof_stage_transitions', 0))");
    const { rows } = await this.db.query<{ at: string }>(
      "select greatest(clock_timestamp(), (select at from stage_transitions order by id desc limit 1))::text as at",
    );
    return rows[0]!.at;
  }

  async appendTransition({ from, to, at, gates, ...transition }: NewTransition): Promise<void> {
    // Text: an instant of JavaScript has no microseconds.
    const written = {
      ...transition,
      from_stage: from,
      to_stage: to,
      gates: jsonbValue(gates),
      at: sql`${at}::timestamptz`,
    };
    await ask(this.db, (query) => query.insert(stageTransitions).values(written));
  }
}

function byModel(names: readonly string[], versions: readonly ModelVersion[]): ModelVersion[][] {
  const found = new Map<string, ModelVersion[]>(names.map((name) => [name, []]));
  for (const version of versions) found.get(version.model)!.push(version);
  return names.map((name) => found.get(name)!);
}
