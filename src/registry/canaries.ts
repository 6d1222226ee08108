import { and, desc, eq, isNull } from "drizzle-orm";
import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { canaries } from "../db/tables/canaries.js";
import { ask, type Fields, find, isAnyOf, jsonbValue } from "../db/typed.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { BadUserInputError, ConflictError } from "../errors/errors.js";
import type { CanaryOutcome, CanaryRule } from "../values/canary.js";
import type { ModelVersion } from "./model.js";
import { ModelStore } from "./model-store.js";
import { recordChange } from "./registry-changes.js";
import { requireServable, servability } from "./servability.js";
import { lockModel, requireVersion } from "./stage-moves.js";

/** A share of a model's keys that another version than Production's answers. */
export interface Canary {
  id: number;
  model: string;
  /** The challenger. */
  version: number;
  /** What was in Production when it began. */
  champion: number;
  share: number;
  stopRule: CanaryRule;
  startedAt: Date;
  startedBy: string;
  /** Null while it runs, as are the next three. */
  endedAt: Date | null;
  endedBy: string | null;
  outcome: CanaryOutcome | null;
  reason: string | null;
}

const FIELDS: Fields<Canary> = {
  id: canaries.id,
  model: canaries.model,
  version: canaries.version,
  champion: canaries.champion,
  share: canaries.share,
  stopRule: canaries.stop_rule,
  startedAt: canaries.started_at,
  startedBy: canaries.started_by,
  endedAt: canaries.ended_at,
  endedBy: canaries.ended_by,
  outcome: canaries.outcome,
  reason: canaries.reason,
};

export interface NewCanary {
  model: string;
  version: number;
  share: number;
  stopRule: CanaryRule;
}

/** Of each model the one that runs; of all models unless some are named. */
export const runningCanaries = (db: Queryable, models?: readonly string[]): Promise<Canary[]> =>
  find(db, FIELDS, (select) =>
    select
      .from(canaries)
      .where(and(isNull(canaries.ended_at), models ? isAnyOf(canaries.model, models) : undefined))
      .orderBy(canaries.id),
  );

/** The newest first. */
export const canariesOf = (db: Queryable, model: string, first: number): Promise<Canary[]> =>
  find(db, FIELDS, (select) =>
    select.from(canaries).where(eq(canaries.model, model)).orderBy(desc(canaries.id)).limit(first),
  );

/** Starts canaries and ends them. What comes to Production meanwhile ends them too, by a trigger. */
export class Canaries {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly serving: { load(version: ModelVersion): Promise<unknown> },
  ) {}

  /**
   * @throws {ConflictError} one of the model runs already, nothing is in Production, or this version is
   * @throws {ModelNotServableError} the challenger cannot answer
   */
  async start(asked: NewCanary, actor: string): Promise<Canary> {
    const { model, version, share, stopRule } = asked;
    if (!(share > 0 && share < 1))
      throw new BadUserInputError(`share: a number above 0 and below 1 was expected; got ${share}`, {
        share,
      });
    const challenger = await requireVersion(new ModelStore(this.pool), model, version);
    requireServable(challenger, servability(challenger, this.definitions));
    await this.serving.load(challenger);
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      await requireVersion(store, model, version);
      const champion = await store.inStage(model, "PRODUCTION");
      if (!champion)
        throw new ConflictError(
          `nothing is in Production of ${JSON.stringify(model)}; promote a version first`,
          { model },
        );
      if (champion.version === version)
        throw new ConflictError(
          `version ${version} of ${JSON.stringify(model)} is in Production; name another`,
          { model },
        );
      const [there] = await runningCanaries(tx, [model]);
      if (there) throw runsAlready(there);
      const row = { model, version, champion: champion.version, share, started_by: actor };
      await ask(tx, (query) => query.insert(canaries).values({ ...row, stop_rule: jsonbValue(stopRule) }));
      await recordChange(
        tx,
        { model },
        actor,
        `canary of version ${version} on ${share} of the keys started`,
      );
      return (await runningCanaries(tx, [model]))[0]!;
    });
  }

  /** @throws {ConflictError} none runs */
  async end(model: string, reason: string, actor: string): Promise<Canary> {
    return withTransaction(this.pool, async (tx) => {
      await lockModel(tx, model);
      const [running] = await runningCanaries(tx, [model]);
      if (!running) throw noneRuns(model);
      return (await endCanary(tx, running, { outcome: "ENDED", reason, actor }))!;
    });
  }
}

export const noneRuns = (model: string): ConflictError =>
  new ConflictError(`no canary of ${JSON.stringify(model)} runs: there is nothing to end`, { model });

const runsAlready = ({ model, version, id }: Canary): ConflictError =>
  new ConflictError(
    `a canary of version ${version} of ${JSON.stringify(model)} runs already: end it first, then start another`,
    { model, version, id },
  );

/**
 * It runs, and nobody else ends it before the end of the transaction.
 * @throws {ConflictError} it has ended
 */
export async function holdCanary(tx: Client, { id, model, version }: Canary): Promise<void> {
  const { rows } = await tx.query<Pick<Canary, "outcome" | "reason">>(
    "select outcome, reason from canaries where id = $1 for update",
    [id],
  );
  const { outcome, reason } = rows[0] ?? {};
  if (outcome === null) return;
  throw new ConflictError(
    `the canary of version ${version} of ${JSON.stringify(model)} has ended meanwhile (${outcome}: ${reason}); ` +
      "promote the version by itself if it is still to come to Production",
    { model, version, id, outcome, reason },
  );
}

/** Null: it has ended meanwhile. */
export async function endCanary(
  tx: Client,
  { id, model, version }: Pick<Canary, "id" | "model" | "version">,
  { outcome, reason, actor }: { outcome: CanaryOutcome; reason: string; actor: string },
): Promise<Canary | null> {
  const { rowCount } = await tx.query(
    `update canaries set ended_at = clock_timestamp(), ended_by = $2, outcome = $3, reason = $4
     where id = $1 and ended_at is null`,
    [id, actor, outcome, reason],
  );
  if (rowCount === 0) return null;
  await recordChange(tx, { model }, actor, `canary of version ${version} ended: ${reason}`);
  return (await find(tx, FIELDS, (select) => select.from(canaries).where(eq(canaries.id, id))))[0]!;
}
