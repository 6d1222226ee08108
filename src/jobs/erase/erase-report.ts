import type { Queryable } from "../../db/pool.js";
import { trainsFrom } from "../../features/pinned-by-run.js";
import { affectedSnapshots, type ErasedArtifact } from "./erase-files.js";
import type { Mention } from "./mention.js";
import { namesThatStay } from "./scrub-texts.js";

export interface EraseReport {
  places: { place: string; rows: number }[];
  artifacts: ErasedArtifact[];
  versions: { model: string; version: number }[];
  underWay: string[];
  outside: { what: string; until: string; remedy: string }[];
}

/**
 * How far the erasure reached, what was learned from the person, and what stays outside.
 * @param mentions of all who were erased by it
 */
export async function reportErasure(
  db: Queryable,
  runId: string,
  mentions: readonly Mention[],
): Promise<EraseReport> {
  const snapshots = await affectedSnapshots(db, runId);
  const { rows: places } = await db.query<{ place: string; rows: number }>(
    `select place, sum(rows)::int as rows from erasure_counts where erasure_id in (select id from erasures where run_id = $1)
     group by place order by place`,
    [runId],
  );
  const { rows: artifacts } = await db.query<ErasedArtifact>(
    // As their runs came: ids of runs are drawn, and say no order.
    `select a.run_id as run, a.name, a.sha256 from erasure_artifacts a join runs r on r.id = a.run_id
     where a.erasure_id in (select id from erasures where run_id = $1) order by r.created_at, r.id, a.name`,
    [runId],
  );
  return { places, artifacts, ...(await whatStays(db, snapshots, mentions)) };
}

/** What was learned from these snapshots, and what no erasure reaches. */
export async function whatStays(
  db: Queryable,
  snapshots: readonly number[],
  mentions: readonly Mention[],
): Promise<Pick<EraseReport, "versions" | "underWay" | "outside">> {
  const { rows: versions } = await db.query<{ model: string; version: number }>(
    `select model, version from model_versions where snapshot_id = any($1) or label_snapshot_id = any($1) or trained_snapshots && $1::int[]
     order by model, version`,
    [snapshots],
  );
  const { rows: training } = await db.query<{ id: string }>(
    `select id from runs where status = 'RUNNING' and kind in ('TRAIN', 'TUNE', 'TRAIN_AND_COMPARE', 'REPRODUCE')
       and ${trainsFrom("$1")}
     or status = 'RUNNING' and kind = 'TRAIN_EXTERNALLY' and exists (
       select from jsonb_array_elements(params #> '{export,months}') m
       where (m ->> 'snapshotId')::int = any($1) or (m ->> 'labelSnapshotId')::int = any($1))
     order by created_at`,
    [snapshots],
  );
  return {
    versions,
    underWay: training.map(({ id }) => id),
    outside: await outsideOf(db, snapshots, versions.length > 0, await namesThatStay(db, mentions)),
  };
}

async function outsideOf(
  db: Queryable,
  snapshots: readonly number[],
  trained: boolean,
  names: readonly string[],
): Promise<EraseReport["outside"]> {
  const { rows } = await db.query<{ deliveries: string[] | null; archive: string; clients: number }>(
    `select (select array_agg(distinct r.params->>'source') from snapshots s join runs r on r.id = s.run_id where s.id = any($1)) as deliveries,
       current_setting('archive_mode') as archive,
       (select count(*) from artifacts a join runs r on r.id = a.run_id where r.kind = 'EXTERNAL')::int
         + (select count(*) from logged_model_files)::int + (select count(*) from model_version_files)::int as clients`,
    [snapshots],
  );
  const { deliveries, archive, clients } = rows[0]!;
  const places = [
    {
      what: `delivered files${deliveries ? `: ${deliveries.sort().join(", ")}` : ""}`,
      until: "you delete them",
      remedy: "delete the person's rows in them; asof passes them over until liftErasure",
    },
    {
      what: "PostgreSQL's data files and write-ahead log: bytes that no query reads any more",
      until:
        archive === "off"
          ? "PostgreSQL reuses them: pages by later writes, log segments after the next checkpoints; no log is archived"
          : "PostgreSQL reuses them; archived log segments as long as your archive keeps them",
      remedy: "none is needed for the former; shorten the archive for the latter",
    },
    {
      what: "backups and dumps made before, and former versions that the buckets of ARTIFACTS_URL and LAKE_URL keep of objects",
      until: "you delete them, or the bucket lets them expire: asof keeps none by itself",
      remedy: "after restoring one, erase the person again",
    },
    {
      what: "log files, traces, the prediction log's files (PREDICTION_LOG_FILES), files that were downloaded, and other tools that were sent the person's values",
      until: "they are deleted where they are kept; the prediction log's by PREDICTION_LOG_DAYS",
      remedy: "shorten how long they are kept",
    },
  ];
  for (const lake of await lakesLeft(db))
    places.push({
      what: `files of the lake ${lake}, which no process that executes runs has as LAKE_URL`,
      until: "you delete them",
      remedy: "set LAKE_URL to it and erase the person again, or delete the folder",
    });
  if (trained)
    places.push({
      what: "files and reports of the versions listed: they hold what was learned, which may be a rare category's name",
      until: "the version is deleted",
      remedy: "train again, promote, then deleteModelVersion",
    });
  if (clients > 0)
    places.push({
      what: `files of runs and models that clients logged: ${clients}, which asof does not read`,
      until: "what they are files of is deleted",
      remedy:
        "look into them; deleteRun, deleteModelVersion and MLflow's delete_logged_model delete the files of a run, a version and a logged model",
    });
  if (names.length > 0)
    places.push({
      what: `names and records that name the person, as <table>.<column> <rows>: ${names.join(", ")}`,
      until:
        "what is called so is renamed or deleted; actors, reasons and gates of what was done are never changed",
      remedy: "rename or delete it; in reasons name requests, not people",
    });
  return places;
}

/** Lakes with files of parts that have lost rows since. */
async function lakesLeft(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ lake: string }>(
    `select distinct lake from lake_files f where case when f.part is null
       then not exists (select 1 from artifacts a where a.run_id = f.run_id)
       else f.erased_rows <> (select count(*) from erased_rows e where e.owner_id = f.owner_id and e.part = f.part) end
     order by 1`,
  );
  return rows.map((row) => row.lake);
}
