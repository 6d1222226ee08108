import type { Run } from "../../registry/run.js";
import type { FoundRun } from "../../registry/search/run-search.js";
import type { TrackedNotes } from "../../registry/tracked-runs.js";
import { runHex, runUuid } from "./run-id.js";

/** Tags that MLflow's clients give a meaning: each is a field of a run. */
export const RUN_NAME_TAG = "mlflow.runName";
export const NOTE_TAG = "mlflow.note.content";
export const GIT_COMMIT_TAG = "mlflow.source.git.commit";
export const PARENT_TAG = "mlflow.parentRunId";
export const USER_TAG = "mlflow.user";

/** The tags of a run, those among them that are fields of it. */
export function tagsOfRun(run: FoundRun): Record<string, string> {
  const fields = {
    [USER_TAG]: run.actor,
    [RUN_NAME_TAG]: nameOfRun(run),
    [NOTE_TAG]: run.note,
    [GIT_COMMIT_TAG]: run.gitCommit,
    [PARENT_TAG]: run.parentRunId && runHex(run.parentRunId),
  };
  const known = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== null);
  return { ...Object.fromEntries(known), ...run.tags };
}

/** Runs of asof's own have no name unless somebody gave them one. */
export const nameOfRun = ({ name, kind }: Pick<Run, "name" | "kind">): string => name ?? kind;

/** Who the client says it works for; the actor is the token's. */
export const userOfRun = ({ tags, actor }: Pick<Run, "tags" | "actor">): string =>
  Object.hasOwn(tags, USER_TAG) ? tags[USER_TAG]! : actor;

/** What tags that are set (or removed, where they are null) say of a run. */
export function notesOfTags(given: Readonly<Record<string, string | null>>): TrackedNotes {
  const { [RUN_NAME_TAG]: name, [NOTE_TAG]: note, [GIT_COMMIT_TAG]: gitCommit, ...tags } = given;
  const parent = Object.hasOwn(given, PARENT_TAG) ? given[PARENT_TAG] : undefined;
  return {
    ...(name === undefined ? {} : { name }),
    ...(note === undefined ? {} : { note }),
    ...(gitCommit === undefined ? {} : { gitCommit }),
    ...(parent === undefined ? {} : { parentRunId: parent === null ? null : runUuid(parent) }),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  };
}
