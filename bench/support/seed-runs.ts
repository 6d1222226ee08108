import type { Queryable } from "../../src/db/pool.js";

/**
 * `runs` runs and `points` metric points of them, by SQL. What cuts across the order on purpose: the tag
 * `era: first` is on the oldest hundredth only, the metric `auc` falls while runs get newer, `rare_metric` has one run
 * in a thousand, and FAILED runs never have `auc` above 0.6.
 */
export async function seedRuns(db: Queryable, runs: number, points: number): Promise<void> {
  const steps = Math.max(1, Math.round(points / runs) - 2);
  await db.query(
    `insert into runs (id, kind, status, params, actor, created_at, started_at, finished_at, environment, git_commit,
       result, snapshot_id, name, experiment_id, tags, note)
     select gen_random_uuid(),
       case when i % 10 = 0 then 'INGEST' when i % 10 = 1 then 'EXTERNAL' else 'TRAIN' end,
       case when i % 97 = 0 then 'FAILED' when i % 5003 = 0 then 'CANCELLED' else 'SUCCEEDED' end,
       jsonb_build_object('asOf', to_char(date '2020-01-31' + (i % 48) * 30, 'YYYY-MM-DD'), 'labelAsOf', '2024-01-31',
         'model', 'model_' || (i % 7), 'algorithm', case when i % 2 = 0 then 'GRADIENT_BOOSTING' else 'LOGISTIC_REGRESSION' end,
         'seed', i % 50, 'testFraction', 0.25,
         'hyperparameters', jsonb_build_object('trees', (i % 20) * 50, 'leaves', i % 63 + 1, 'learning_rate', round((i % 100) / 500.0, 3),
           'l2', i % 9999, 'min_leaf_rows', i % 30),
         'snapshot', jsonb_build_object('id', i % 48, 'revision', 1, 'contentSha256', encode(sha256(i::text::bytea), 'hex'))),
       'actor_' || (i % 23), t.at, t.at, t.at + make_interval(secs => (i * 7919 % 600) / 10.0),
       jsonb_build_object('nodeVersion', 'v20.20.2', 'platform', 'linux x64', 'gitDirty', false,
         'packageLockSha256', encode(sha256('lock'), 'hex'), 'definitionsSha256', encode(sha256('definitions'), 'hex')),
       encode(sha256('commit'), 'hex'), jsonb_build_object('version', i), null, 'run ' || i, (i % 10 <> 1)::int,
       jsonb_build_object('team', 'team_' || (i % 5)) || case when i <= $1 / 100 then '{"era": "first"}'::jsonb else '{}' end, null
     from generate_series(1, $1::int) i, lateral (select timestamptz '2024-01-01' + make_interval(secs => i * 60) as at) t`,
    [runs],
  );
  // Without triggers, those of foreign keys among them: five million points are loaded once, and the latest of each series follow in one statement.
  await db.query("set session_replication_role = replica");
  await db.query(
    `insert into run_metrics (run_id, name, step, value, at)
     select r.id, 'loss', step, 1.0 / (step + 1) + random() / 100, r.created_at
     from runs r, generate_series(1, $1::int) step order by r.id, step`,
    [steps],
  );
  await db.query(
    `insert into run_metrics (run_id, name, step, value, at)
     select id, 'auc', 0, case when status = 'FAILED' then 0.5 else 0.6 end
       + 0.1 * (1 - extract(epoch from created_at - timestamptz '2024-01-01') / (60 * $1)), created_at from runs
     union all
     select id, 'f1', 0, random(), created_at from runs
     union all
     select id, 'rare_metric', 0, random(), created_at from runs where (result->>'version')::int % 1000 = 0`,
    [runs],
  );
  await db.query(
    `insert into run_latest_metrics (run_id, name, step, value, at)
     select distinct on (run_id, name) run_id, name, step, value, at from run_metrics order by run_id, name, step desc`,
  );
  await db.query("reset session_replication_role");
  await db.query("vacuum analyze runs, run_metrics, run_latest_metrics");
}
