import { sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { artifacts, runEvents, runSteps, runs } from "../db/tables/runs.js";
import { type Fields, selectList } from "../db/typed.js";
import type { Artifact, Run, RunEvent, RunStep } from "./run.js";

type Timed = { started_at: AnyPgColumn; finished_at: AnyPgColumn };

/** Of what has not ended until now; never negative, though the clock be set back meanwhile. */
const durationMs = ({ started_at: from, finished_at }: Timed) => {
  const to = sql`coalesce(${finished_at}, clock_timestamp())`;
  return sql`extract(epoch from greatest(${to}, ${from}) - ${from})::float8 * 1000`;
};

export const STORED_RUN: Fields<Run> = {
  id: runs.id,
  kind: runs.kind,
  status: runs.status,
  params: runs.params,
  actor: runs.actor,
  createdAt: runs.created_at,
  startedAt: runs.started_at,
  finishedAt: runs.finished_at,
  durationMs: durationMs(runs),
  attempt: runs.attempt,
  error: runs.error,
  environment: runs.environment,
  gitCommit: runs.git_commit,
  result: runs.result,
  validation: runs.validation,
  snapshotId: runs.snapshot_id,
  name: runs.name,
  tags: runs.tags,
  note: runs.note,
  requestId: runs.request_id,
  parentRunId: runs.parent_run_id,
  experimentId: sql`${runs.experiment_id}::float8`,
  deletedAt: runs.deleted_at,
};

/** A column's own name, not an expression's alias, is what `order by id` then orders by. */
export const RUN_EVENT = selectList<RunEvent>({
  id: runEvents.id,
  runId: runEvents.run_id,
  kind: runEvents.kind,
  at: runEvents.at,
  type: runEvents.type,
  status: runEvents.status,
  step: runEvents.step,
  message: runEvents.message,
  progress: runEvents.progress,
  data: runEvents.data,
});

const STEP: Fields<RunStep & { runId: string; ordinal: number }> = {
  runId: runSteps.run_id,
  name: runSteps.name,
  status: runSteps.status,
  startedAt: runSteps.started_at,
  finishedAt: runSteps.finished_at,
  durationMs: durationMs(runSteps),
  attempt: runSteps.attempt,
  ordinal: runSteps.ordinal,
};

const ARTIFACT: Fields<Artifact> = {
  name: artifacts.name,
  mediaType: artifacts.media_type,
  bytes: sql`${artifacts.bytes}::float8`,
  sha256: artifacts.sha256,
};

export const RUN_LIST = selectList(STORED_RUN);
export const STEP_LIST = selectList(STEP);
export const ARTIFACT_LIST = selectList(ARTIFACT);
