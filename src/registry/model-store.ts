import type { Queryable } from "../db/pool.js";
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

const VERSION = `
  id::text as id, model, version, stage, created_at as "createdAt", algorithm, sha256, bytes, run_id as "runId",
  snapshot_id as "snapshotId", label_snapshot_id as "labelSnapshotId", signature, threshold,
  description, tags`;

/** No cast of id: pg gives a bigint as text anyway, and `order by id` would order by the alias, as text. */
const TRANSITION = `
  id, model, version, from_stage as "from", to_stage as "to", actor, reason, at, gates, forced`;

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
    const { rows } = await this.db.query<RegisteredModel>(
      "select name, description, tags from models order by name limit $1",
      [first],
    );
    return rows;
  }

  async findModels(names: readonly string[]): Promise<(RegisteredModel | null)[]> {
    const { rows } = await this.db.query<RegisteredModel>(
      "select name, description, tags from models where name = any($1)",
      [names],
    );
    const byName = new Map(rows.map((model) => [model.name, model]));
    return names.map((name) => byName.get(name) ?? null);
  }

  async findModel(name: string): Promise<RegisteredModel | null> {
    const { rows } = await this.db.query<RegisteredModel>(
      "select name, description, tags from models where name = $1",
      [name],
    );
    return rows[0] ?? null;
  }

  async declareModel(name: string, description: string | null): Promise<void> {
    await this.db.query(
      `insert into models (name, description) values ($1, $2)
       on conflict (name) do update set description = excluded.description
       where models.described_by is null and models.description is distinct from excluded.description`,
      [name, description],
    );
  }

  /** Of each model its newest, newest first. @throws {QueryTooComplexError} more than `VERSIONS_TOGETHER` */
  async versions(models: readonly string[], first: number): Promise<ModelVersion[][]> {
    const { rows } = await this.db.query<ModelVersion>(
      `select v.* from unnest($1::text[]) m(of) cross join lateral (
         select ${VERSION} from model_versions where model = m.of order by version desc limit $2
       ) v order by v.version desc limit ${VERSIONS_TOGETHER + 1}`,
      [models, first],
    );
    if (rows.length > VERSIONS_TOGETHER) {
      const advice = "ask for fewer models at once, or for single versions with modelVersion";
      throw new QueryTooComplexError("versions", VERSIONS_TOGETHER, rows.length, advice);
    }
    return byModel(models, rows);
  }

  /** Of each model those in Production and Staging: one each at most. */
  async servingVersions(models: readonly string[]): Promise<ModelVersion[][]> {
    const { rows } = await this.db.query<ModelVersion>(
      `select ${VERSION} from model_versions where model = any($1) and stage in ('PRODUCTION', 'STAGING')`,
      [models],
    );
    return byModel(models, rows);
  }

  async findVersion(model: string, version: number): Promise<ModelVersion | null> {
    const { rows } = await this.db.query<ModelVersion>(
      `select ${VERSION} from model_versions where model = $1 and version = $2`,
      [model, version],
    );
    return rows[0] ?? null;
  }

  async findVersions(keys: readonly VersionKey[]): Promise<(ModelVersion | null)[]> {
    const { rows } = await this.db.query<ModelVersion>(
      `select ${VERSION} from model_versions
       where (model, version) in (select * from unnest($1::text[], $2::int[]))`,
      [keys.map(({ model }) => model), keys.map(({ version }) => version)],
    );
    const byKey = new Map(rows.map((row) => [`${row.version} ${row.model}`, row]));
    return keys.map(({ model, version }) => byKey.get(`${version} ${model}`) ?? null);
  }

  async findVersionsByRun(runIds: readonly string[]): Promise<(ModelVersion | null)[]> {
    // What comparisons and searches choose is the version of one of their candidates.
    const { rows } = await this.db.query<ModelVersion & { asked: string }>(
      `select ${VERSION}, asked from model_versions join (
         select id::text as asked, coalesce((result #>> '{candidate,runId}')::uuid, (result #>> '{best,runId}')::uuid, id) as made_by
         from runs where id = any($1)
       ) r on r.made_by = model_versions.run_id`,
      [runIds],
    );
    const byRun = new Map(rows.map(({ asked, ...version }) => [asked, version]));
    return runIds.map((id) => byRun.get(id) ?? null);
  }

  async inStage(model: string, stage: Stage): Promise<ModelVersion | null> {
    const { rows } = await this.db.query<ModelVersion>(
      `select ${VERSION} from model_versions where model = $1 and stage = $2 limit 1`,
      [model, stage],
    );
    return rows[0] ?? null;
  }

  /** Versions that hold a stage that serves, or a name; each with its stage and its aliases. */
  async reachable(): Promise<(ModelVersion & { names: string[] })[]> {
    const { rows } = await this.db.query<ModelVersion & { names: string[] }>(
      `select ${VERSION}, names from model_versions cross join lateral (
         select array_agg(name) as names from (
           select stage as name where stage in ('PRODUCTION', 'STAGING')
           union all (select 'alias ' || alias from model_aliases a
                      where a.model = model_versions.model and a.version = model_versions.version order by alias)
         ) held
       ) by_name where names is not null order by model, stage <> 'PRODUCTION', version`,
    );
    return rows;
  }

  /** Models that had a version in Production and have none now; the one that left last, and when. */
  async emptied(): Promise<{ model: string; version: number; at: Date }[]> {
    const { rows } = await this.db.query<{ model: string; version: number; at: Date }>(
      `select name as model, t.version, t.at from models cross join lateral (
         select version, at from stage_transitions where model = name and from_stage = 'PRODUCTION'
         order by id desc limit 1
       ) t where not exists (select 1 from model_versions v where v.model = name and v.stage = 'PRODUCTION')
       order by name`,
    );
    return rows;
  }

  async byAlias(model: string, alias: string): Promise<ModelVersion | null> {
    return (await this.byAliases([{ model, alias }]))[0]!;
  }

  async byAliases(keys: readonly AliasKey[]): Promise<(ModelVersion | null)[]> {
    const { rows } = await this.db.query<ModelVersion & { alias: string }>(
      `select ${VERSION}, alias from model_versions join (
         select model as of, alias, version as number from model_aliases
         where (model, alias) in (select * from unnest($1::text[], $2::text[]))
       ) a on model = a.of and version = a.number`,
      [keys.map(({ model }) => model), keys.map(({ alias }) => alias)],
    );
    const byKey = new Map(rows.map(({ alias, ...version }) => [`${alias} ${version.model}`, version]));
    return keys.map(({ model, alias }) => byKey.get(`${alias} ${model}`) ?? null);
  }

  /** The version that was in Production at the end of that calendar date, UTC. */
  async inProductionOn(model: string, asOf: string): Promise<ModelVersion | null> {
    const { rows } = await this.db.query<{ version: number; to: Stage }>(
      `select version, to_stage as "to" from stage_transitions
       where model = $1 and at < (($2::date + 1)::timestamp at time zone 'UTC')
         and (to_stage = 'PRODUCTION' or from_stage = 'PRODUCTION')
       order by id desc limit 1`,
      [model, asOf],
    );
    return rows[0]?.to === "PRODUCTION" ? this.findVersion(model, rows[0].version) : null;
  }

  /**
   * The version that came into Production last: but for `production`, and before it came, where that is in Production now.
   */
  async lastInProduction(model: string, production: number | null): Promise<ModelVersion | null> {
    const { rows } = await this.db.query<{ version: number }>(
      `select version from stage_transitions
       where model = $1 and to_stage = 'PRODUCTION' and ($2::int is null or version <> $2 and id < (
         select max(id) from stage_transitions where model = $1 and to_stage = 'PRODUCTION' and version = $2))
       order by id desc limit 1`,
      [model, production],
    );
    return rows[0] ? this.findVersion(model, rows[0].version) : null;
  }

  /** Of each model, or version of one, the newest first. */
  async transitions(
    keys: readonly { model: string; version: number | null }[],
    first: number,
  ): Promise<StageTransition[][]> {
    const { rows } = await this.db.query<StageTransition & { ordinal: number }>(
      `select t.*, k.ordinal::int as ordinal
       from unnest($1::text[], $2::int[]) with ordinality k(of, number, ordinal) cross join lateral (
         select ${TRANSITION} from stage_transitions
         where model = k.of and (k.number is null or version = k.number)
         order by stage_transitions.id desc limit $3
       ) t order by t.id desc`,
      [keys.map(({ model }) => model), keys.map(({ version }) => version), first],
    );
    const found: StageTransition[][] = keys.map(() => []);
    for (const { ordinal, ...transition } of rows) found[ordinal - 1]!.push(transition);
    return found;
  }

  async transitionsAfter(id: string): Promise<StageTransition[]> {
    const { rows } = await this.db.query<StageTransition>(
      `select ${TRANSITION} from stage_transitions where id > $1 order by id`,
      [id],
    );
    return rows;
  }

  async lastTransitionId(): Promise<string> {
    const { rows } = await this.db.query<{ id: string }>(
      "select coalesce(max(id), 0)::text as id from stage_transitions",
    );
    return rows[0]!.id;
  }

  /** Registers the run's version, the model's next number; the same run again gets the version it already has. */
  async register(version: NewVersion): Promise<ModelVersion> {
    await this.db.query("select 1 from models where name = $1 for update", [version.model]);
    const { rows } = await this.db.query<ModelVersion>(
      `with numbered as (
         update models set last_version = last_version + 1
         where name = $1 and not exists (select 1 from model_versions where run_id = $5) returning last_version
       )
       insert into model_versions (model, version, algorithm, sha256, bytes, run_id, snapshot_id, label_snapshot_id,
         signature, threshold)
       select $1, last_version, $2, $3, $4, $5::uuid, $6::int, $7::int, $8::jsonb, $9::float8 from numbered
       returning ${VERSION}`,
      [
        version.model,
        version.algorithm,
        version.sha256,
        version.bytes,
        version.runId,
        version.snapshotId,
        version.labelSnapshotId,
        version.signature,
        version.threshold,
      ],
    );
    return rows[0] ?? (await this.findVersionsByRun([version.runId]))[0]!;
  }

  /** @throws {ConflictError} it is gone, or not in the stage it was found in */
  async setStage({ id, model, version, stage }: ModelVersion, to: Stage): Promise<void> {
    const { rowCount } = await this.db.query(
      "update model_versions set stage = $3 where id = $1 and stage = $2",
      [id, stage, to],
    );
    if (rowCount === 1) return;
    throw new ConflictError(
      `version ${version} of ${JSON.stringify(model)} is no longer in ${stage}: nothing was changed; ask again`,
      { model, version },
    );
  }

  /** @throws {ConflictError} it is gone already */
  async delete({ id, model, version }: ModelVersion): Promise<void> {
    const { rowCount } = await this.db.query("delete from model_versions where id = $1", [id]);
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

  async appendTransition(transition: NewTransition): Promise<void> {
    await this.db.query(
      `insert into stage_transitions (model, version, from_stage, to_stage, actor, reason, gates, forced, at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        transition.model,
        transition.version,
        transition.from,
        transition.to,
        transition.actor,
        transition.reason,
        JSON.stringify(transition.gates),
        transition.forced,
        transition.at,
      ],
    );
  }
}

function byModel(models: readonly string[], versions: readonly ModelVersion[]): ModelVersion[][] {
  const found = new Map<string, ModelVersion[]>(models.map((name) => [name, []]));
  for (const version of versions) found.get(version.model)!.push(version);
  return models.map((name) => found.get(name)!);
}
