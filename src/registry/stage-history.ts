import { and, asc, desc, eq, gt, or, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { stageTransitions } from "../db/tables/models.js";
import { ask, type Fields, find, jsonbValue, selectList } from "../db/typed.js";
import type { GateResult, Stage, StageTransition } from "./model.js";

const TRANSITION_FIELDS: Fields<StageTransition> = {
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

/** Of each model, or version of one, so many. $1 models, $2 versions or nulls, $3 how many each, $4 before which id. */
const NEWEST_TRANSITIONS = `
  select t.*, k.ordinal::int as ordinal
  from unnest($1::text[], $2::int[]) with ordinality k(of, number, ordinal) cross join lateral (
    select ${selectList(TRANSITION_FIELDS)} from stage_transitions
    where model = k.of and (k.number is null or version = k.number)
      and ($4::bigint is null or stage_transitions.id < $4)
    order by stage_transitions.id desc limit $3
  ) t order by t.id desc`;

/** By the order of history, before the version in Production came into it. $1 model, $2 version in Production or null. */
const LAST_IN_PRODUCTION = `
  select version from stage_transitions
  where model = $1 and to_stage = 'PRODUCTION' and ($2::int is null or version <> $2 and id < (
    select max(id) from stage_transitions where model = $1 and to_stage = 'PRODUCTION' and version = $2))
  order by id desc limit 1`;

/** Of each model its last move out of Production, where nothing took the place. */
const EMPTIED_MODELS = `
  select name as model, t.version, t.at from models cross join lateral (
    select version, at from stage_transitions where model = name and from_stage = 'PRODUCTION'
    order by id desc limit 1
  ) t where kind = 'served' and not exists (select 1 from model_versions v where v.model = name and v.stage = 'PRODUCTION')
  order by name`;

export interface NewTransition {
  model: string;
  version: number;
  from: Stage;
  to: Stage;
  actor: string;
  reason: string | null;
  gates: GateResult[];
  forced: boolean;
  /** What `lock` gave. */
  at: string;
}

/** Which version went from which stage to which, when, by whom and why: append-only. */
export class StageHistory {
  constructor(private readonly db: Queryable) {}

  /** Of each model, or version of one, the newest first. */
  async transitions(
    keys: readonly { model: string; version: number | null }[],
    first: number,
    before: string | null = null,
  ): Promise<StageTransition[][]> {
    const { rows } = await this.db.query<StageTransition & { ordinal: number }>(NEWEST_TRANSITIONS, [
      keys.map(({ model }) => model),
      keys.map(({ version }) => version),
      first,
      before,
    ]);
    const found: StageTransition[][] = keys.map(() => []);
    for (const { ordinal, ...transition } of rows) found[ordinal - 1]!.push(transition);
    return found;
  }

  async after(id: string): Promise<StageTransition[]> {
    return find(this.db, TRANSITION_FIELDS, (select) =>
      select
        .from(stageTransitions)
        .where(gt(stageTransitions.id, BigInt(id)))
        .orderBy(asc(stageTransitions.id)),
    );
  }

  async lastId(): Promise<string> {
    const [last] = await find<{ id: string }>(
      this.db,
      { id: sql`coalesce(max(${stageTransitions.id}), 0)::text` },
      (select) => select.from(stageTransitions),
    );
    return last!.id;
  }

  /** The version that was in Production at the end of that calendar date, UTC. */
  async inProductionOn(model: string, asOf: string): Promise<number | null> {
    const [last] = await find<Pick<StageTransition, "version" | "to">>(
      this.db,
      { version: stageTransitions.version, to: stageTransitions.to_stage },
      (select) =>
        select
          .from(stageTransitions)
          .where(
            and(
              eq(stageTransitions.model, model),
              sql`${stageTransitions.at} < ((${asOf}::date + 1)::timestamp at time zone 'UTC')`,
              or(eq(stageTransitions.to_stage, "PRODUCTION"), eq(stageTransitions.from_stage, "PRODUCTION")),
            ),
          )
          .orderBy(desc(stageTransitions.id))
          .limit(1),
    );
    return last?.to === "PRODUCTION" ? last.version : null;
  }

  /**
   * The version that came into Production last: but for `production`, and before it came, where that is in Production now.
   */
  async lastInProduction(model: string, production: number | null): Promise<number | null> {
    const { rows } = await this.db.query<{ version: number }>(LAST_IN_PRODUCTION, [model, production]);
    return rows[0]?.version ?? null;
  }

  /** Models that had a version in Production and have none now; the one that left last, and when. */
  async emptied(): Promise<{ model: string; version: number; at: Date }[]> {
    const { rows } = await this.db.query<{ model: string; version: number; at: Date }>(EMPTIED_MODELS);
    return rows;
  }

  /**
   * Held to the end of the transaction: ids of transitions grow in the order they become visible.
   * @returns the instant of the move, never before the last one's: its transitions share it, so that no date ends between them
   */
  async lock(): Promise<string> {
    await this.db.query("select pg_advisory_xact_lock(hashtextextended('asof_stage_transitions', 0))");
    const { rows } = await this.db.query<{ at: string }>(
      "select greatest(clock_timestamp(), (select at from stage_transitions order by id desc limit 1))::text as at",
    );
    return rows[0]!.at;
  }

  async append({ from, to, at, gates, ...transition }: NewTransition): Promise<void> {
    // Text: an instant of JavaScript has no microseconds.
    const written = {
      ...transition,
      from_stage: from,
      to_stage: to,
      gates: jsonbValue(gates),
      at: sql`${at}::timestamptz`,
    };
    await ask(this.db, (query) => query.insert(stageTransitions).values(written));
  }
}
