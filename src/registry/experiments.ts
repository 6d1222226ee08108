import { and, desc, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";
import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { experiments } from "../db/tables/experiments.js";
import { runs } from "../db/tables/runs.js";
import { ask, find, isAnyOf, jsonbValue } from "../db/typed.js";
import { BadUserInputError } from "../errors/errors.js";
import {
  DeletedError,
  ExperimentNameTakenError,
  ExperimentNotFoundError,
  ReadOnlyExperimentError,
} from "../errors/tracking-errors.js";
import { EXPERIMENT, type Experiment } from "./experiment.js";
import { changesOfExperiments, notedInWords, type RegistryChange, recordChange } from "./registry-changes.js";
import { MAX_TAGS } from "./run-annotations.js";
import { RunTracker } from "./run-tracker.js";
import type { SearchPage, SearchRequest } from "./search/condition.js";
import { searchExperiments } from "./search/experiment-search.js";

/** Where runs made elsewhere go that name no other. */
export const DEFAULT_EXPERIMENT = 0;
/** Where all runs of asof's own kinds are; nobody else writes there. */
export const ASOF_EXPERIMENT = 1;
const UNIQUE_VIOLATION = "23505";

export interface ExperimentChange {
  name?: string;
  /** Set where they have a value, removed where it is null; others stay. */
  tags?: Record<string, string | null>;
}

export class Experiments {
  constructor(private readonly pool: Pool) {}

  /** @throws {ExperimentNameTakenError} */
  async create(name: string, tags: Record<string, string>, actor: string): Promise<Experiment> {
    requireFewTags(Object.keys(tags).length);
    const id = await this.#naming(name, () =>
      withTransaction(this.pool, async (tx) => {
        const [made] = await ask(tx, (query) =>
          query
            .insert(experiments)
            .values({ name, tags: jsonbValue(tags), actor })
            .returning({ id: experiments.id }),
        );
        await recordChange(tx, { experiment: made!.id }, actor, `made as ${name}`);
        return made!.id;
      }),
    );
    return this.require(id);
  }

  async findByIds(ids: readonly number[]): Promise<(Experiment | null)[]> {
    const rows = await find(this.pool, EXPERIMENT, (select) =>
      select.from(experiments).where(isAnyOf(experiments.id, ids)),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  async findByName(name: string): Promise<Experiment | null> {
    const [row] = await find(this.pool, EXPERIMENT, (select) =>
      select.from(experiments).where(eq(experiments.name, name)),
    );
    return row ?? null;
  }

  search(request: SearchRequest): Promise<SearchPage<Experiment>> {
    return searchExperiments(this.pool, request);
  }

  /** The newest first. */
  async list(isDeleted: boolean, page: PageRequest): Promise<Slice<Experiment>> {
    const isBefore = page.after
      ? lt(experiments.id, Number(decodeCursor(page.after, 1, ([id]) => Number.isSafeInteger(id))[0]))
      : undefined;
    const rows = await find(this.pool, EXPERIMENT, (select) =>
      select
        .from(experiments)
        .where(and(isIn(isDeleted), isBefore))
        .orderBy(desc(experiments.id))
        .limit(page.first + 1),
    );
    return toSlice(
      rows,
      page,
      (row) => row,
      ({ id }) => [id],
    );
  }

  async count(isDeleted: boolean): Promise<number> {
    return ask(this.pool, (query) => query.$count(experiments, isIn(isDeleted)));
  }

  /** Of each the newest first. */
  changes(ids: readonly number[], first: number, before: string | null): Promise<RegistryChange[][]> {
    return changesOfExperiments(this.pool, ids, first, before);
  }

  /** @throws {ExperimentNotFoundError} */
  async require(id: number): Promise<Experiment> {
    const [found] = await this.findByIds([id]);
    if (!found) throw new ExperimentNotFoundError(String(id));
    return found;
  }

  /**
   * @throws {ExperimentNotFoundError}
   * @throws {DeletedError}
   * @throws {ExperimentNameTakenError}
   * @throws {BadUserInputError} more tags than `MAX_TAGS`
   */
  async change(id: number, { name, tags }: ExperimentChange, actor: string): Promise<void> {
    await this.#naming(name ?? "", () =>
      withTransaction(this.pool, async (tx) => {
        await holdActive(tx, id);
        const [changed] = await ask(tx, (query) =>
          query
            .update(experiments)
            .set({
              ...(name === undefined ? {} : { name }),
              tags: sql`jsonb_strip_nulls(${experiments.tags} || ${jsonbValue(tags ?? {})})`,
              updated_at: sql`clock_timestamp()`,
            })
            .where(eq(experiments.id, id))
            .returning({ tags: sql<number>`(select count(*)::int from jsonb_object_keys(tags))` }),
        );
        requireFewTags(changed!.tags);
        const message = notedInWords({ name, tags });
        if (message) await recordChange(tx, { experiment: id }, actor, message);
      }),
    );
  }

  /** Puts it aside, with the runs that are in it, each with its event. Again is no error. */
  async delete(id: number, actor: string): Promise<void> {
    if (id === DEFAULT_EXPERIMENT)
      throw new ReadOnlyExperimentError("Default", "runs that name no experiment go there");
    await withTransaction(this.pool, async (tx) => {
      const { deletedAt } = await holdExperiment(tx, id);
      if (deletedAt) return;
      const now = sql`transaction_timestamp()`;
      await ask(tx, (query) =>
        query.update(experiments).set({ deleted_at: now, updated_at: now }).where(eq(experiments.id, id)),
      );
      const aside = await ask(tx, (query) =>
        query
          .update(runs)
          .set({ deleted_at: now })
          .where(and(eq(runs.experiment_id, id), isNull(runs.deleted_at)))
          .returning({ id: runs.id }),
      );
      await said(tx, aside, `put aside with experiment ${id} by ${actor}`);
      await recordChange(tx, { experiment: id }, actor, `put aside with ${counted(aside.length)}`);
    });
  }

  /** With the runs that were put aside with it; those that were before stay where they are. */
  async restore(id: number, actor: string): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      const { deletedAt } = await holdExperiment(tx, id);
      if (!deletedAt) return;
      const then = sql`(select deleted_at from experiments where id = ${id})`;
      const back = await ask(tx, (query) =>
        query
          .update(runs)
          .set({ deleted_at: null })
          .where(and(eq(runs.experiment_id, id), isNotNull(runs.deleted_at), eq(runs.deleted_at, then)))
          .returning({ id: runs.id }),
      );
      await said(tx, back, `brought back with experiment ${id} by ${actor}`);
      const updated_at = sql`clock_timestamp()`;
      await ask(tx, (query) =>
        query.update(experiments).set({ deleted_at: null, updated_at }).where(eq(experiments.id, id)),
      );
      await recordChange(tx, { experiment: id }, actor, `brought back with ${counted(back.length)}`);
    });
  }

  async #naming<T>(name: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      const there = await this.findByName(name);
      throw new ExperimentNameTakenError(name, Boolean(there?.deletedAt));
    }
  }
}

const said = (tx: Client, moved: readonly { id: string }[], message: string): Promise<void> =>
  new RunTracker(tx).eventOfEach(
    moved.map(({ id }) => id),
    { type: "LOG", message },
  );

const isIn = (isDeleted: boolean) =>
  isDeleted ? isNotNull(experiments.deleted_at) : isNull(experiments.deleted_at);

const counted = (runs: number): string => (runs === 1 ? "1 run" : `${runs} runs`);

function requireFewTags(count: number): void {
  if (count > MAX_TAGS)
    throw new BadUserInputError(`tags: the experiment would have ${count}, ${MAX_TAGS} are accepted`);
}

/** Locked to the end of the transaction. @throws {ReadOnlyExperimentError} */
async function holdExperiment(tx: Client, id: number): Promise<Pick<Experiment, "deletedAt">> {
  if (id === ASOF_EXPERIMENT)
    throw new ReadOnlyExperimentError("asof", "it holds what asof itself runs; make another");
  const [found] = await ask(tx, (query) =>
    query
      .select({ deletedAt: experiments.deleted_at })
      .from(experiments)
      .where(eq(experiments.id, id))
      .for("no key update"),
  );
  if (!found) throw new ExperimentNotFoundError(String(id));
  return found;
}

async function holdActive(tx: Client, id: number): Promise<void> {
  const { deletedAt } = await holdExperiment(tx, id);
  if (deletedAt) throw new DeletedError(`experiment ${id}`, { experiment: id });
}

/** It stays active until the transaction ends: nobody puts it aside while a run comes into it. */
export async function requireOpenExperiment(tx: Queryable, id: number): Promise<void> {
  if (id === ASOF_EXPERIMENT)
    throw new ReadOnlyExperimentError("asof", "it holds what asof itself runs; take another");
  const [found] = await ask(tx, (query) =>
    query
      .select({ deletedAt: experiments.deleted_at })
      .from(experiments)
      .where(eq(experiments.id, id))
      .for("share"),
  );
  if (!found) throw new ExperimentNotFoundError(String(id));
  if (found.deletedAt) throw new DeletedError(`experiment ${id}`, { experiment: id });
}
