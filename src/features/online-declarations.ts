import type { Queryable } from "../db/pool.js";
import { type SnapshotPart, undeclaredIn } from "../db/snapshots/snapshot-parts.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { isEffective } from "./effective-snapshots.js";
import type { ViewRow } from "./view-rows.js";

/** A date that lacks features may get them by a revision. */
const REMEMBERED_MS = 10_000;

interface Known {
  /** By place; undefined where the view's features were all there. */
  undeclared: readonly boolean[] | undefined;
  until: number;
}

/** Distinguishes an empty online value from one that the row's extract did not declare, by the row's event time. */
export class OnlineDeclarations {
  readonly #known: Map<string, Known>[];

  constructor(
    private readonly db: Queryable,
    private readonly views: readonly FeatureView[],
    private readonly now: () => Date,
  ) {
    this.#known = views.map(() => new Map());
  }

  /** Marks the rows that have empty values. Asks the database once a view and date, again only where something lacked. */
  async mark(read: readonly (readonly (ViewRow | null)[])[]): Promise<void> {
    const now = this.now().getTime();
    const unknown = new Set<string>();
    for (const found of read) {
      found.forEach((row, v) => {
        if (!row?.values.includes(null)) return;
        const known = this.#known[v]!.get(row.eventTime);
        if (known === undefined || known.until <= now) unknown.add(row.eventTime);
      });
    }
    if (unknown.size > 0) await this.#learn([...unknown], now);
    for (const found of read) {
      found.forEach((row, v) => {
        if (row?.values.includes(null)) row.undeclared = this.#known[v]!.get(row.eventTime)?.undeclared;
      });
    }
  }

  /** By the newest revision that holds of each date; what was pushed between extracts lacks nothing. */
  async #learn(dates: readonly string[], now: number): Promise<void> {
    const { rows } = await this.db.query<Pick<SnapshotPart, "name" | "eventDate" | "columns">>({
      name: "asof_declared_on",
      text: `select distinct on (p.name, p.event_date) p.name, p.event_date as "eventDate", p.columns
        from snapshot_parts p join snapshots s on s.id = p.snapshot_id
        where p.event_date = any($1) and ${isEffective("s")} order by p.name, p.event_date, s.created_at desc`,
      values: [dates],
    });
    this.views.forEach(({ source, features }, v) => {
      for (const date of dates) {
        const part = rows.find(({ name, eventDate }) => name === source.name && eventDate === date);
        const without = part ? undeclaredIn(part, features) : [];
        const undeclared =
          without.length > 0 ? features.map((feature) => without.includes(feature)) : undefined;
        const until = undeclared ? now + REMEMBERED_MS : Number.POSITIVE_INFINITY;
        this.#known[v]!.set(date, { undeclared, until });
      }
    });
  }
}
