import { setImmediate as nextTurn } from "node:timers/promises";
import type { Queryable } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { defaultEntityOf, type ParentLink } from "../definitions/language/entities.js";
import { inSpan } from "../observability/tracing.js";
import { Answers } from "./answers.js";
import { everyFeature, type FeatureSelection } from "./feature-selection.js";
import { JOINED_TOGETHER, readDated } from "./offline/dated-reads.js";
import type { PointInTime } from "./offline/offline-engine.js";
import { offlineEngine } from "./offline/registry.js";
import type { OnlineStore } from "./online/online-store.js";
import { PostgresOnlineStore } from "./online/postgres/postgres-online-store.js";
import { OnlineDeclarations } from "./online-declarations.js";
import { liveParents } from "./parent-keys.js";
import { ReadBatcher } from "./read-batcher.js";
import { readLevels } from "./read-levels.js";
import type { EntityRow, UserFeatures, ViewFreshness } from "./types.js";
import type { ViewRow } from "./view-rows.js";

/** Users read in one statement now; more are asked in turns. */
const USERS_TOGETHER = 5_000;
/** Answers made in one go, some milliseconds' work; then other requests get their turn. */
const ANSWERS_A_TURN = 5_000;

/** Features of users, now or as of a date, with a status per value. */
export class FeatureStore {
  readonly #offline: PointInTime;
  readonly #all: FeatureSelection;
  /** By the views they read: readers of the same ones share a statement. */
  readonly #batchers = new Map<string, ReadBatcher<string, (ViewRow | null)[]>>();
  readonly #onlineReads = new Set<(users: number) => void>();
  #requested = 0;
  #present = 0;

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
    private readonly now: () => Date = () => new Date(),
    private readonly online: OnlineStore = new PostgresOnlineStore(db, deployment),
  ) {
    this.#offline = offlineEngine().pointInTime(db, deployment);
    this.#all = everyFeature(deployment, defaultEntityOf(deployment));
  }

  /**
   * One answer per row, in the rows' order. Of 50 000 rows together, those of now are a statement per 5 000, and those of a
   * date one for each snapshot and each view. Small reads of now share a statement with those of other callers.
   * @param selection what is read, answered and counted, for keys of its entity; absent: every feature of the default entity
   */
  read(rows: readonly EntityRow[], selection: FeatureSelection = this.#all): Promise<UserFeatures[]> {
    return inSpan(
      "features.read",
      () => ({ "asof.users": rows.length }),
      () => this.#read(rows, selection),
    );
  }

  async #read(rows: readonly EntityRow[], selection: FeatureSelection): Promise<UserFeatures[]> {
    const answers = new Array<UserFeatures>(rows.length);
    for (let from = 0; from < rows.length; from += JOINED_TOGETHER) {
      await this.#readChunk(rows, selection, from, Math.min(from + JOINED_TOGETHER, rows.length), answers);
    }
    return answers;
  }

  /** Share of requested values found PRESENT since the process started; null before the first. */
  hitRate(): number | null {
    return this.#requested === 0 ? null : this.#present / this.#requested;
  }

  /** Calls back for every online read from now on, with its number of users. */
  onOnlineRead(listener: (users: number) => void): void {
    this.#onlineReads.add(listener);
  }

  async freshness(): Promise<Map<string, ViewFreshness>> {
    const { rows } = await this.db.query<ViewFreshness & { view: string }>(
      `select view, newest_event_time as "newestEventTime", materialized_at as "materializedAt",
         extract(epoch from clock_timestamp() - newest_event_time::timestamp at time zone 'UTC')::float8 as "ageSeconds",
         row_count as "rowCount", run_id as "runId" from online_views`,
    );
    const known = new Map(rows.map(({ view, ...freshness }) => [view, freshness]));
    const never: ViewFreshness = {
      newestEventTime: null,
      materializedAt: null,
      ageSeconds: null,
      rowCount: 0,
    };
    return new Map(this.deployment.views.map(({ name }) => [name, known.get(name) ?? never]));
  }

  async #readChunk(
    rows: readonly EntityRow[],
    selection: FeatureSelection,
    from: number,
    to: number,
    answers: UserFeatures[],
  ): Promise<void> {
    const online: number[] = [];
    const offline: number[] = [];
    for (let i = from; i < to; i++) (rows[i]!.asOf || rows[i]!.knownAt ? offline : online).push(i);
    const today = this.now().toISOString().slice(0, 10);
    // knownAt alone asks for today, as far as it was known then.
    const dated = offline.map((i) => ({ ...rows[i]!, asOf: rows[i]!.asOf ?? today }));
    const then = selection.dated ?? selection;
    const [nowFound, thenFound] = await Promise.all([
      this.#readOnline(
        online.map((i) => rows[i]!.key),
        selection,
      ),
      offline.length > 0 ? readDated(this.#offline, dated, then.levels) : [],
    ]);
    const byDate = new Map<string | null, Answers>();
    for (const [place, i] of online.entries()) {
      if (place % ANSWERS_A_TURN === ANSWERS_A_TURN - 1) await nextTurn();
      answers[i] = this.#answers(byDate, selection, null).of(rows[i]!.key, nowFound[place]!);
    }
    for (const [place, i] of offline.entries()) {
      if (place % ANSWERS_A_TURN === ANSWERS_A_TURN - 1) await nextTurn();
      const { key, asOf } = dated[place]!;
      answers[i] = this.#answers(byDate, then, asOf).of(key, thenFound[place]!);
    }
    for (const { requested, present } of byDate.values()) {
      this.#requested += requested;
      this.#present += present;
    }
  }

  async #readOnline(keys: readonly string[], selection: FeatureSelection): Promise<(ViewRow | null)[][]> {
    if (keys.length <= USERS_TOGETHER) return keys.length > 0 ? this.#batcher(selection).read(keys) : [];
    const found: (ViewRow | null)[][] = [];
    for (let from = 0; from < keys.length; from += USERS_TOGETHER) {
      found.push(...(await this.#batcher(selection).read(keys.slice(from, from + USERS_TOGETHER))));
    }
    return found;
  }

  #batcher({ key, views, levels }: FeatureSelection): ReadBatcher<string, (ViewRow | null)[]> {
    let batcher = this.#batchers.get(key);
    if (!batcher) {
      const declarations = new OnlineDeclarations(this.db, views, this.now);
      batcher = new ReadBatcher(async (keys) => {
        for (const listener of this.#onlineReads) listener(keys.length);
        const read = await inSpan(
          "features.online",
          () => ({ "asof.users": keys.length, "asof.views": views.length }),
          () => this.#readNow(keys, levels),
        );
        await declarations.mark(read);
        return read;
      }, isDataError);
      this.#batchers.set(key, batcher);
    }
    return batcher;
  }

  #readNow(keys: readonly string[], levels: FeatureSelection["levels"]): Promise<(ViewRow | null)[][]> {
    return readLevels<string, ViewRow>(levels, keys, {
      read: (asked, views) => this.online.read(asked, views),
      parents: (asked, link: ParentLink) => liveParents(this.db, asked, link),
    }) as Promise<(ViewRow | null)[][]>;
  }

  /** A ttl counts from the asked date, online from this instant. */
  #answers(byDate: Map<string | null, Answers>, selection: FeatureSelection, asOf: string | null): Answers {
    let answers = byDate.get(asOf);
    if (!answers) {
      answers = new Answers(selection, asOf, this.now().getTime());
      byDate.set(asOf, answers);
    }
    return answers;
  }
}

/** SQLSTATE class 22: what was asked is what PostgreSQL cannot take. */
function isDataError(error: unknown): boolean {
  return /^22/.test(String((error as { code?: unknown } | null)?.code));
}
