import { sql } from "drizzle-orm";
import { models, modelVersions, stageTransitions } from "../db/tables/models.js";
import { type Fields, selectList } from "../db/typed.js";
import type { ModelVersion, RegisteredModel, StageTransition } from "./model.js";

export const MODEL_FIELDS: Fields<RegisteredModel> = {
  name: models.name,
  description: models.description,
  tags: models.tags,
};

export const VERSION_FIELDS: Fields<ModelVersion> = {
  id: sql`${modelVersions.id}::text`,
  model: modelVersions.model,
  version: modelVersions.version,
  stage: modelVersions.stage,
  createdAt: modelVersions.created_at,
  algorithm: modelVersions.algorithm,
  sha256: modelVersions.sha256,
  bytes: modelVersions.bytes,
  runId: modelVersions.run_id,
  snapshotId: modelVersions.snapshot_id,
  labelSnapshotId: modelVersions.label_snapshot_id,
  signature: modelVersions.signature,
  threshold: modelVersions.threshold,
  description: modelVersions.description,
  tags: modelVersions.tags,
};

export const TRANSITION_FIELDS: Fields<StageTransition> = {
  // As text, which is what the driver makes of a bigint.
  id: sql`${stageTransitions.id}`,
  model: stageTransitions.model,
  version: stageTransitions.version,
  from: stageTransitions.from_stage,
  to: stageTransitions.to_stage,
  actor: stageTransitions.actor,
  reason: stageTransitions.reason,
  at: stageTransitions.at,
  gates: stageTransitions.gates,
  forced: stageTransitions.forced,
};

const VERSION_LIST = selectList(VERSION_FIELDS);

/** Of each model so many: a lateral join stops there. $1 models, $2 how many each, $3 how many together, $4 before which number. */
export const NEWEST_VERSIONS = `
  select v.* from unnest($1::text[]) m(of) cross join lateral (
    select ${VERSION_LIST} from model_versions where model = m.of and ($4::int is null or version < $4) order by version desc limit $2
  ) v order by v.version desc limit $3`;

/** Pairs as two parameters, however many there are. $1 models, $2 numbers. */
export const VERSIONS_BY_KEY = `
  select ${VERSION_LIST} from model_versions
  where (model, version) in (select * from unnest($1::text[], $2::int[]))`;

/** What comparisons and searches choose is the version of one of their candidates. $1 runs. */
export const VERSIONS_BY_RUN = `
  select ${VERSION_LIST}, asked from model_versions join (
    select id::text as asked, coalesce((result #>> '{candidate,runId}')::uuid, (result #>> '{best,runId}')::uuid, id) as made_by
    from runs where id = any($1)
  ) r on r.made_by = model_versions.run_id`;

/** Over stages and aliases at once. */
export const REACHABLE_VERSIONS = `
  select ${VERSION_LIST}, names from model_versions cross join lateral (
    select array_agg(name) as names from (
      select stage as name where stage in ('PRODUCTION', 'STAGING')
      union all (select 'alias ' || alias from model_aliases a
                 where a.model = model_versions.model and a.version = model_versions.version order by alias)
    ) held
  ) by_name where names is not null order by model, stage <> 'PRODUCTION', version`;

/** Of each model its last move out of Production, where nothing took the place. */
export const EMPTIED_MODELS = `
  select name as model, t.version, t.at from models cross join lateral (
    select version, at from stage_transitions where model = name and from_stage = 'PRODUCTION'
    order by id desc limit 1
  ) t where not exists (select 1 from model_versions v where v.model = name and v.stage = 'PRODUCTION')
  order by name`;

/** Pairs as two parameters. $1 models, $2 aliases. */
export const VERSIONS_BY_ALIAS = `
  select ${VERSION_LIST}, alias from model_versions join (
    select model as of, alias, version as number from model_aliases
    where (model, alias) in (select * from unnest($1::text[], $2::text[]))
  ) a on model = a.of and version = a.number`;

/** By the order of history, before the version in Production came into it. $1 model, $2 version in Production or null. */
export const LAST_IN_PRODUCTION = `
  select version from stage_transitions
  where model = $1 and to_stage = 'PRODUCTION' and ($2::int is null or version <> $2 and id < (
    select max(id) from stage_transitions where model = $1 and to_stage = 'PRODUCTION' and version = $2))
  order by id desc limit 1`;

/** Of each model, or version of one, so many. $1 models, $2 versions or nulls, $3 how many each, $4 before which id. */
export const NEWEST_TRANSITIONS = `
  select t.*, k.ordinal::int as ordinal
  from unnest($1::text[], $2::int[]) with ordinality k(of, number, ordinal) cross join lateral (
    select ${selectList(TRANSITION_FIELDS)} from stage_transitions
    where model = k.of and (k.number is null or version = k.number)
      and ($4::bigint is null or stage_transitions.id < $4)
    order by stage_transitions.id desc limit $3
  ) t order by t.id desc`;

/** One statement numbers and inserts: a number is not given twice, nor a run a second version. */
export const REGISTER_VERSION = `
  with numbered as (
    update models set last_version = last_version + 1
    where name = $1 and not exists (select 1 from model_versions where run_id = $5) returning last_version
  )
  insert into model_versions (model, version, algorithm, sha256, bytes, run_id, snapshot_id, label_snapshot_id,
    signature, threshold)
  select $1, last_version, $2, $3, $4, $5::uuid, $6::int, $7::int, $8::jsonb, $9::float8 from numbered
  returning ${VERSION_LIST}`;
