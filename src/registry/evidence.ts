import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { runMetrics, runs } from "../db/tables/runs.js";
import { snapshots } from "../db/tables/snapshots.js";
import { ask, isAnyOf } from "../db/typed.js";
import type { Fairness, FairnessMeasure, NotWorse } from "../definitions/language/gates.js";
import type { ComparedMetricName } from "../values/task.js";
import type { ModelVersion } from "./model.js";

/** Candidate and Production held against each other, with the ONNX files as served. */
export interface Compared {
  /** Beside Production; null where there is none, or `problem` or `productionProblem` says why not. */
  comparison: Comparison | null;
  /** Why the two cannot be compared. */
  problem: string | null;
  /** Why Production cannot answer at all: then there is nothing to be compared with. */
  productionProblem: string | null;
}

/** What can be measured of a candidate on rows it was not trained on; each when it is asked for. */
export interface HeldOutEvidence {
  /** With what is in Production. */
  compare(asked: NotWorse): Promise<Compared>;
  /** By the attribute as the candidate's snapshot has it; null where that was made without it, or no rows are known here. */
  groupRates(asked: Pick<Fairness, "attribute" | "measure">): Promise<GroupRate[] | null>;
}

/**
 * Candidate and Production on the same rows: those of the newest labelled snapshot on which both have all their features,
 * of users that neither was trained on.
 */
export interface Comparison {
  asOf: string;
  /** Of the labels. */
  labelAsOf: string;
  rows: number;
  /** Rows beside these that Production has no answer to, where there are any: neither side is measured on them. */
  unanswered?: number;
  /** Null of tasks without a positive label. */
  positives: number | null;
  /** By name, at the version's own threshold. */
  candidate: Record<string, number>;
  production: Record<string, number>;
  /** Candidate − Production, turned round where lower is better. */
  difference: DifferenceInterval;
}

/** A paired bootstrap interval. */
export interface DifferenceInterval {
  metric: ComparedMetricName;
  observed: number;
  lower: number;
  upper: number;
  confidence: number;
  resamples: number;
  seed: number;
}

export interface GroupRate {
  /** Null: users whose attribute is empty. */
  group: string | null;
  rows: number;
  positives: number;
  /** Null where there is no row to take it of. */
  rate: number | null;
  measure: FairnessMeasure;
}

/** What the registry asks of the serving side; all of it throws ModelNotLoadableError of the candidate. */
export interface Serving {
  heldOut(candidate: ModelVersion, production: ModelVersion | null): HeldOutEvidence;
  /** Loads the version's file afresh, as every replica will have to, and keeps it for what is asked of it next. */
  load(version: ModelVersion): Promise<unknown>;
}

/** The last value of each of the run's metrics. */
export async function readMetrics(db: Queryable, runId: string): Promise<Record<string, number>> {
  const rows = await ask(db, (query) =>
    query
      .selectDistinctOn([runMetrics.name], { name: runMetrics.name, value: runMetrics.value })
      .from(runMetrics)
      .where(eq(runMetrics.run_id, runId))
      .orderBy(asc(runMetrics.name), desc(runMetrics.step)),
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

export async function snapshotsValidated(db: Queryable, candidate: ModelVersion): Promise<boolean> {
  const { snapshotId, labelSnapshotId, trainedSnapshots } = candidate;
  const succeeded = sql<boolean>`coalesce((${runs.validation}->>'success')::boolean, false)`;
  const [both] = await ask(db, (query) =>
    query
      .select({ validated: sql<boolean | null>`bool_and(${succeeded})` })
      .from(snapshots)
      .innerJoin(runs, eq(runs.id, snapshots.run_id))
      .where(isAnyOf(snapshots.id, [snapshotId, labelSnapshotId, ...trainedSnapshots])),
  );
  return both?.validated ?? false;
}

/**
 * Changes whenever gates may judge the run's version otherwise though neither it nor Production has changed: snapshots came,
 * were withdrawn or dropped, or the run was reproduced.
 */
export async function evidenceMark(db: Queryable, runId: string): Promise<string> {
  const { rows } = await db.query<{ mark: string }>(
    `select concat_ws(' ', (select max(id) from snapshots), (select count(*) from snapshot_withdrawals),
       (select count(*) from snapshot_drops)) as mark`,
  );
  const reproduction = await newestReproduction(db, runId);
  return `${rows[0]!.mark} ${reproduction?.runId ?? "-"}`;
}

/** The newest finished reproduction of the run; null where there is none. */
export async function newestReproduction(
  db: Queryable,
  runId: string,
): Promise<{ runId: string; identical: boolean } | null> {
  const ofRun = and(
    ...[eq(runs.kind, "REPRODUCE"), eq(runs.status, "SUCCEEDED")],
    sql`${runs.params}->>'runId' = ${runId}`,
  );
  const identical = sql<boolean>`coalesce((${runs.result}->>'identical')::boolean, false)`;
  const [newest] = await ask(db, (query) =>
    query
      .select({ runId: runs.id, identical })
      .from(runs)
      .where(ofRun)
      .orderBy(desc(runs.finished_at))
      .limit(1),
  );
  return newest ?? null;
}
