import { sql } from "drizzle-orm";
import { models, modelVersions } from "../db/tables/models.js";
import { type Fields, selectList } from "../db/typed.js";
import type { RegisteredModel, VersionEntry } from "./model.js";
import { isOfRun, isOwnOf, judgeOf, versionStatusOf } from "./version-of-run.js";

export const MODEL_FIELDS: Fields<RegisteredModel> = {
  name: models.name,
  description: models.description,
  tags: models.tags,
};

export const VERSION_FIELDS: Fields<VersionEntry> = {
  id: sql`${modelVersions.id}::text`,
  model: modelVersions.model,
  version: modelVersions.version,
  stage: modelVersions.stage,
  createdAt: modelVersions.created_at,
  algorithm: modelVersions.algorithm,
  status: sql.raw(versionStatusOf()),
  statusMessage: sql`case when ${modelVersions.signature} is null then
    (select case status when 'CANCELLED' then 'its run was cancelled' else error->>'message' end
     from runs where id = ${modelVersions.registered_by}) end`,
  sha256: modelVersions.sha256,
  bytes: modelVersions.bytes,
  runId: modelVersions.run_id,
  judgedBy: sql.raw(judgeOf()),
  source: modelVersions.source,
  trainedOn: modelVersions.trained_on,
  trainedSnapshots: sql`coalesce(${modelVersions.trained_snapshots}, '{}')`,
  importedFrom: modelVersions.imported_from,
  snapshotId: modelVersions.snapshot_id,
  labelSnapshotId: modelVersions.label_snapshot_id,
  signature: modelVersions.signature,
  threshold: modelVersions.threshold,
  description: modelVersions.description,
  tags: modelVersions.tags,
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

/**
 * What comparisons and searches choose is the version of one of their candidates. Of several that are a run's its own comes last,
 * else the newest of those that are judged. $1 runs.
 */
export const VERSIONS_BY_RUN = `
  select ${VERSION_LIST}, asked from model_versions join (
    select id::text as asked, coalesce((result #>> '{candidate,runId}')::uuid, (result #>> '{best,runId}')::uuid, id) as made_by
    from runs where id = any($1)
  ) r on ${isOfRun("r.made_by")}
  order by coalesce(${isOwnOf("r.made_by")}, false), signature is not null, version`;

/** Of one run. $1 the run */
export const OWN_VERSIONS = `select ${VERSION_LIST} from model_versions where ${isOwnOf("$1")} order by version`;

/** Over stages and aliases at once. */
export const REACHABLE_VERSIONS = `
  select ${VERSION_LIST}, names from model_versions cross join lateral (
    select array_agg(name) as names from (
      select stage as name where stage in ('PRODUCTION', 'STAGING')
      union all (select 'alias ' || alias from model_aliases a
                 where a.model = model_versions.model and a.version = model_versions.version order by alias)
    ) held
  ) by_name where names is not null order by model, stage <> 'PRODUCTION', version`;

/** Pairs as two parameters. $1 models, $2 aliases. */
export const VERSIONS_BY_ALIAS = `
  select ${VERSION_LIST}, alias from model_versions join (
    select model as of, alias, version as number from model_aliases
    where (model, alias) in (select * from unnest($1::text[], $2::text[]))
  ) a on model = a.of and version = a.number`;

/** The model's next number, of a version that is to be judged. $1 model, then as named. */
export const REGISTER_PENDING = `
  with numbered as (update models set last_version = last_version + 1 where name = $1 returning last_version)
  insert into model_versions (model, version, algorithm, sha256, bytes, run_id, registered_by, source, trained_on,
    trained_snapshots, description, tags, imported_from)
  select $1, last_version, $2, $3, $4::int, $5::uuid, $6::uuid, $7, $8::uuid, $9::int[], $10, $11::jsonb, $12::jsonb from numbered
  returning id, version`;

/** What was measured of it, once. $1 the run that judges it. */
export const JUDGE_VERSION = `
  update model_versions set snapshot_id = $2, label_snapshot_id = $3, signature = $4::jsonb, threshold = $5
  where registered_by = $1 and signature is null`;

/** One statement numbers and inserts: a number is not given twice, nor a run a second version of its own. */
export const REGISTER_VERSION = `
  with numbered as (
    update models set last_version = last_version + 1
    where name = $1 and not exists (select 1 from model_versions where ${isOwnOf("$5")}) returning last_version
  )
  insert into model_versions (model, version, algorithm, sha256, bytes, run_id, snapshot_id, label_snapshot_id,
    signature, threshold, trained_snapshots)
  select $1, last_version, $2, $3, $4, $5::uuid, $6::int, $7::int, $8::jsonb, $9::float8, $10::int[] from numbered
  returning ${VERSION_LIST}`;
