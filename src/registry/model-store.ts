import { and, asc, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { models, modelVersions } from "../db/tables/models.js";
import { ask, find, isAnyOf } from "../db/typed.js";
import { ConflictError } from "../errors/errors.js";
import { QueryTooComplexError } from "../errors/limit-errors.js";
import type { ImportedFrom } from "./archive/imported-from.js";
import {
  type Algorithm,
  isJudged,
  type ModelSignature,
  type ModelVersion,
  type RegisteredModel,
  requireJudged,
  type Stage,
  type VersionEntry,
} from "./model.js";
import {
  JUDGE_VERSION,
  MODEL_FIELDS,
  NEWEST_VERSIONS,
  OWN_VERSIONS,
  REACHABLE_VERSIONS,
  REGISTER_PENDING,
  REGISTER_VERSION,
  VERSION_FIELDS,
  VERSIONS_BY_ALIAS,
  VERSIONS_BY_KEY,
  VERSIONS_BY_RUN,
} from "./model-store.sql.js";
import { StageHistory } from "./stage-history.js";

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
  /** Of several dates the snapshots of all; null of one date. */
  trainedSnapshots: number[] | null;
  signature: ModelSignature;
  /** Null of a task without one. */
  threshold: number | null;
}

/** Of a version that a run is to judge. */
export interface PendingVersion {
  model: string;
  algorithm: Algorithm;
  sha256: string | null;
  bytes: number | null;
  runId: string | null;
  registeredBy: string;
  source: string | null;
  trainedOn: string | null;
  trainedSnapshots: number[] | null;
  description: string | null;
  tags: Record<string, string>;
  importedFrom: ImportedFrom | null;
}

/** Models and their versions. */
export class ModelStore {
  /** Of their stages. */
  readonly history: StageHistory;

  constructor(private readonly db: Queryable) {
    this.history = new StageHistory(db);
  }

  /** @param first how many at most; all unless given */
  async listModels(first: number | null = null): Promise<RegisteredModel[]> {
    return find(this.db, MODEL_FIELDS, (select) => {
      const all = select.from(models).where(isNull(models.deleted_at)).orderBy(asc(models.name));
      return first === null ? all : all.limit(first);
    });
  }

  async findModels(names: readonly string[]): Promise<(RegisteredModel | null)[]> {
    const rows = await find(this.db, MODEL_FIELDS, (select) =>
      select.from(models).where(and(isAnyOf(models.name, names), isNull(models.deleted_at))),
    );
    const byName = new Map(rows.map((model) => [model.name, model]));
    return names.map((name) => byName.get(name) ?? null);
  }

  async findModel(name: string): Promise<RegisteredModel | null> {
    return (await this.findModels([name]))[0]!;
  }

  async declareModel(name: string, description: string | null): Promise<void> {
    // A name that clients kept versions under may come to be served; what they said of it stays.
    const isOthers = or(
      and(isNull(models.described_by), sql`${models.description} is distinct from excluded.description`),
      sql`${models.kind} <> 'served' or ${models.deleted_at} is not null`,
    );
    const described = sql`case when ${models.described_by} is null then excluded.description else ${models.description} end`;
    await ask(this.db, (query) =>
      query
        .insert(models)
        .values({ name, description })
        .onConflictDoUpdate({
          target: models.name,
          set: { description: described, kind: "served", deleted_at: null },
          setWhere: isOthers,
        }),
    );
  }

  /** Of each model its newest, newest first. @throws {QueryTooComplexError} more than `VERSIONS_TOGETHER` */
  async versions(
    names: readonly string[],
    first: number,
    before: number | null = null,
  ): Promise<VersionEntry[][]> {
    const { rows } = await this.db.query<VersionEntry>(NEWEST_VERSIONS, [
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
    const serving = await this.#versionsWhere(and(isAnyOf(modelVersions.model, names), SERVING));
    return byModel(names, serving.filter(isJudged));
  }

  async findVersion(model: string, version: number): Promise<VersionEntry | null> {
    const isIt = and(eq(modelVersions.model, model), eq(modelVersions.version, version));
    return (await this.#versionsWhere(isIt))[0] ?? null;
  }

  /** @throws {VersionNotJudgedError} it is there, and asof cannot say anything of it */
  async findJudged(model: string, version: number): Promise<ModelVersion | null> {
    const found = await this.findVersion(model, version);
    return found && requireJudged(found);
  }

  async findVersions(keys: readonly VersionKey[]): Promise<(VersionEntry | null)[]> {
    const { rows } = await this.db.query<VersionEntry>(VERSIONS_BY_KEY, [
      keys.map(({ model }) => model),
      keys.map(({ version }) => version),
    ]);
    const byKey = new Map(rows.map((row) => [`${row.version} ${row.model}`, row]));
    return keys.map(({ model, version }) => byKey.get(`${version} ${model}`) ?? null);
  }

  /** That a run trained, registered or judged: its own, else of several the newest that is judged. */
  async findVersionsByRun(runIds: readonly string[]): Promise<(VersionEntry | null)[]> {
    const { rows } = await this.db.query<VersionEntry & { asked: string }>(VERSIONS_BY_RUN, [runIds]);
    const byRun = new Map(rows.map(({ asked, ...version }) => [asked, version]));
    return runIds.map((id) => byRun.get(id) ?? null);
  }

  /** What the run came to: one at most, but for one that is retried after another was registered. */
  async findOwn(runId: string): Promise<VersionEntry[]> {
    return (await this.db.query<VersionEntry>(OWN_VERSIONS, [runId])).rows;
  }

  /** What a run of asof's own trained. */
  async findTrained(runId: string): Promise<ModelVersion | null> {
    const [found] = await this.findVersionsByRun([runId]);
    return found ? requireJudged(found) : null;
  }

  /** One that asof can serve. */
  async inStage(model: string, stage: Stage): Promise<ModelVersion | null> {
    const holder = await this.holder(model, stage);
    return holder && isJudged(holder) ? holder : null;
  }

  /** Judged or not. Of stages that serve there is one at most. */
  async holder(model: string, stage: Stage): Promise<VersionEntry | null> {
    const isIn = and(eq(modelVersions.model, model), eq(modelVersions.stage, stage));
    return (await this.#versionsWhere(isIn, 1))[0] ?? null;
  }

  #versionsWhere(condition: SQL | undefined, first?: number): Promise<VersionEntry[]> {
    return find(this.db, VERSION_FIELDS, (select) => {
      const all = select.from(modelVersions).where(condition);
      return first === undefined ? all : all.limit(first);
    });
  }

  /** Versions that hold a stage that serves, or a name; each with its stage and its aliases. */
  async reachable(): Promise<(ModelVersion & { names: string[] })[]> {
    const { rows } = await this.db.query<VersionEntry & { names: string[] }>(REACHABLE_VERSIONS);
    return rows.flatMap((version) => (isJudged(version) ? [version] : []));
  }

  async byAlias(model: string, alias: string): Promise<VersionEntry | null> {
    return (await this.byAliases([{ model, alias }]))[0]!;
  }

  async byAliases(keys: readonly AliasKey[]): Promise<(VersionEntry | null)[]> {
    const { rows } = await this.db.query<VersionEntry & { alias: string }>(VERSIONS_BY_ALIAS, [
      keys.map(({ model }) => model),
      keys.map(({ alias }) => alias),
    ]);
    const byKey = new Map(rows.map(({ alias, ...version }) => [`${alias} ${version.model}`, version]));
    return keys.map(({ model, alias }) => byKey.get(`${alias} ${model}`) ?? null);
  }

  /** The version that was in Production at the end of that calendar date, UTC. */
  async inProductionOn(model: string, asOf: string): Promise<ModelVersion | null> {
    const then = await this.history.inProductionOn(model, asOf);
    return then === null ? null : this.findJudged(model, then);
  }

  /** Registers the run's version, the model's next number; the same run again gets the version it already has. */
  async register(version: NewVersion): Promise<ModelVersion> {
    await this.db.query("select 1 from models where name = $1 for update", [version.model]);
    const { rows } = await this.db.query<VersionEntry>(REGISTER_VERSION, [
      version.model,
      version.algorithm,
      version.sha256,
      version.bytes,
      version.runId,
      version.snapshotId,
      version.labelSnapshotId,
      version.signature,
      version.threshold,
      version.trainedSnapshots,
    ]);
    return rows[0] ? requireJudged(rows[0]) : (await this.findTrained(version.runId))!;
  }

  /** @returns the version's id and number: it is PENDING until its run has judged it */
  async registerPending(version: PendingVersion): Promise<{ id: number; version: number }> {
    const { rows } = await this.db.query<{ id: number; version: number }>(REGISTER_PENDING, [
      ...[version.model, version.algorithm, version.sha256, version.bytes, version.runId],
      ...[version.registeredBy, version.source, version.trainedOn, version.trainedSnapshots],
      ...[version.description, version.tags, version.importedFrom],
    ]);
    return rows[0]!;
  }

  /** @returns false where the version is gone */
  async judge(
    registeredBy: string,
    {
      snapshotId,
      labelSnapshotId,
      signature,
      threshold,
    }: Pick<NewVersion, "snapshotId" | "labelSnapshotId" | "signature" | "threshold">,
  ): Promise<boolean> {
    const measured = [snapshotId, labelSnapshotId, signature, threshold];
    const { rowCount } = await this.db.query(JUDGE_VERSION, [registeredBy, ...measured]);
    return rowCount === 1;
  }

  /** @throws {ConflictError} it is gone, or not in the stage it was found in */
  async setStage({ id, model, version, stage }: VersionEntry, to: Stage): Promise<void> {
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
  async delete({ id, model, version }: VersionEntry): Promise<void> {
    const { rowCount } = await ask(this.db, (query) =>
      query.delete(modelVersions).where(eq(modelVersions.id, Number(id))),
    );
    if (rowCount === 1) return;
    throw new ConflictError(`version ${version} of ${JSON.stringify(model)} is gone already`, {
      model,
      version,
    });
  }
}

function byModel<V extends VersionEntry>(names: readonly string[], versions: readonly V[]): V[][] {
  const found = new Map<string, V[]>(names.map((name) => [name, []]));
  for (const version of versions) found.get(version.model)!.push(version);
  return names.map((name) => found.get(name)!);
}
