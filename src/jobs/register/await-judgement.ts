import type { Pool } from "../../db/pool.js";
import { AsofError, ConflictError, ERROR_CODES, ModelNotFoundError } from "../../errors/errors.js";
import type { EventHub } from "../../registry/event-hub.js";
import type { VersionEntry } from "../../registry/model.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunStore } from "../../registry/run-store.js";
import type { Asked } from "./registrations.js";

const ENDED: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

/**
 * The version as it is once its run has ended, or the time is over: then it is PENDING.
 * @throws {AsofError} what the run failed with
 */
export async function awaitJudgement(
  pool: Pool,
  events: Pick<EventHub, "follow">,
  { model, version, judgedBy }: Asked,
  waitMs: number,
): Promise<VersionEntry> {
  const models = new ModelStore(pool);
  let found = await models.findVersion(model, version);
  if (found?.status === "PENDING" && waitMs > 0) {
    await ended(events, judgedBy, waitMs);
    found = await models.findVersion(model, version);
  }
  if (!found) throw new ModelNotFoundError(model, version);
  if (found.status !== "FAILED" || waitMs === 0) return found;
  const run = await new RunStore(pool).find(judgedBy);
  const details = { model, version, runId: judgedBy };
  if (!run?.error)
    throw new ConflictError(`run ${judgedBy} was cancelled before it judged the model`, details);
  const code = ERROR_CODES.find((each) => each === run.error!.code) ?? "INTERNAL_SERVER_ERROR";
  throw new AsofError(code, run.error.message, details);
}

async function ended(events: Pick<EventHub, "follow">, runId: string, waitMs: number): Promise<void> {
  const following = events.follow(runId, null);
  const timer = setTimeout(() => void following.return?.(), waitMs);
  try {
    for await (const { type, status } of following) if (type === "STATUS" && ENDED.has(status)) return;
  } finally {
    clearTimeout(timer);
  }
}
