import { createHash } from "node:crypto";
import { z } from "zod";
import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import { againWhereOvertaken } from "../db/transient.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { currentRequest } from "../observability/request-scope.js";
import { holdErasures } from "./erasure/kept-out.js";
import type { Bucket, CommonColumn, Sides } from "./offline/offline-engine.js";
import { offlineEngine } from "./offline/registry.js";
import { holdRows } from "./snapshot-rows.js";
import { stabilityIndex } from "./stability-index.js";
import type { ValueShare } from "./types.js";

/** Number of quantile buckets a numeric feature is cut into for its PSI. */
const BUCKETS = 10;
/** Values of a category whose shares are listed; the rest are summed as `other`. */
const SHARES = 20;

const valueShare = z.object({
  value: z.string().nullable(),
  other: z.boolean(),
  from: z.number(),
  to: z.number(),
});
/** How the rows of one part differ from those of another, as it is stored. */
const partDifference = z.object({
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  /** In the columns' order. */
  columns: z.array(
    z.object({
      changed: z.number(),
      psi: z.number().nullable(),
      shares: z.array(valueShare).nullable(),
    }),
  ),
});
export type PartDifference = z.infer<typeof partDifference>;

/** What differs between parts: computed once, when somebody first asks, and stored under the parts' owners. */
export class PartDifferences {
  /**
   * @param db where stored ones are looked up
   * @param background what is begun on it is finished, though the request that asked has ended
   * @param exclusive runs one computation at a time
   */
  constructor(
    private readonly db: Queryable,
    private readonly background: Pool,
    private readonly exclusive: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
  ) {}

  /**
   * Of two parts of one source, in these columns. Rows of a part change by erasures alone, which forget it; revisions that
   * carry a part on share it.
   * @param key the column of the key
   * @throws {SnapshotDroppedError} it was not computed while the rows were there
   */
  async of(key: string, columns: readonly CommonColumn[], sides: Sides): Promise<PartDifference> {
    const place = [sides.from.ownerId, sides.to.ownerId, sides.to.name, hashOf(columns)];
    const stored = await findStored(this.db, place);
    if (stored) return stored;
    const { ended } = currentRequest() ?? {};
    if (ended) throw ended;
    // Another request may have computed it while this one waited, and another process while it worked.
    return this.exclusive(() =>
      againWhereOvertaken(
        async () =>
          (await findStored(this.background, place)) ??
          withTransaction(this.background, (tx) => compute(tx, key, columns, sides, place)),
      ),
    );
  }
}

async function findStored(db: Queryable, place: readonly unknown[]): Promise<PartDifference | null> {
  const { rows } = await db.query<{ difference: unknown }>({
    name: "asof_part_difference",
    text: `select difference from part_differences
      where before_owner_id = $1 and after_owner_id = $2 and part = $3 and columns_sha256 = $4`,
    values: [...place],
  });
  return rows[0] ? partDifference.parse(rows[0].difference) : null;
}

async function compute(
  tx: Client,
  key: string,
  columns: readonly CommonColumn[],
  sides: Sides,
  place: readonly unknown[],
): Promise<PartDifference> {
  await tx.query("set transaction isolation level repeatable read; set local work_mem = '64MB'");
  await holdErasures(tx);
  await holdRows(tx, [snapshotTableName(sides.to.name)], [sides.from.snapshotId, sides.to.snapshotId]);
  const engine = offlineEngine();
  const { features: changed, ...counts } = await engine.changes(tx, key, columns, sides);
  const found: PartDifference["columns"] = [];
  for (const [index, column] of columns.entries()) {
    const { profile, feature } = factsOf(column.type);
    const buckets = profile === "counts" ? null : await engine.buckets(tx, column, sides, BUCKETS);
    const shares = buckets && profile === "values" && feature !== null ? valueShares(buckets) : null;
    found.push({ changed: changed[index]!, psi: buckets && stabilityIndex(buckets), shares });
  }
  const difference = { ...counts, columns: found };
  await tx.query(
    `insert into part_differences (before_owner_id, after_owner_id, part, columns_sha256, difference)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [...place, JSON.stringify(difference)],
  );
  return difference;
}

const hashOf = (columns: readonly CommonColumn[]): string =>
  createHash("sha256")
    .update(JSON.stringify(columns.map(({ name, type }) => [name, type])))
    .digest("hex");

const total = (buckets: readonly Bucket[], side: "before" | "after") =>
  buckets.reduce((sum, bucket) => sum + bucket[side], 0);

/** The values with the most rows on both sides together, then by value, and the rest as one. */
function valueShares(buckets: readonly Bucket[]): ValueShare[] {
  const [n, m] = [total(buckets, "before"), total(buckets, "after")];
  const share = (count: number, all: number) => (all === 0 ? 0 : count / all);
  const ranked = [...buckets].sort(
    (a, b) => b.before + b.after - a.before - a.after || (a.bucket < b.bucket ? -1 : 1),
  );
  const shares = ranked.slice(0, SHARES).map(({ bucket, before, after }) => ({
    value: bucket === "empty" ? null : bucket.slice(1),
    other: false,
    from: share(before, n),
    to: share(after, m),
  }));
  const rest = ranked.slice(SHARES);
  if (rest.length === 0) return shares;
  const other = { from: share(total(rest, "before"), n), to: share(total(rest, "after"), m) };
  return [...shares, { value: null, other: true, ...other }];
}
