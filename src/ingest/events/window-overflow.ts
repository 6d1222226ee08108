import { type Client, quote } from "../../db/pool.js";
import type { ComputedSource } from "../../definitions/language/windows/window-columns.js";
import { windowMeaning } from "../../definitions/language/windows/window-columns.js";
import { ValidationFailedError } from "../../errors/errors.js";
import { type WindowQuery, windowRowsSql } from "../../features/windows/window-sql.js";

const SAVEPOINT = "asof_windows";
/** numeric_value_out_of_range, as PostgreSQL has it. */
const OUT_OF_RANGE = "22003";

/**
 * Does what computes the windows of a view within the caller's transaction. Where a value is beyond its type, whose value of which
 * feature that is.
 * @throws {ValidationFailedError} the same, with what to do
 */
export async function withNamedOverflow<T>(
  tx: Client,
  query: WindowQuery,
  compute: () => Promise<T>,
): Promise<T> {
  const found = await attempt(tx, compute);
  if ("value" in found) return found.value;
  throw await overflowOf(tx, query);
}

/** One that overflows is undone, so that the transaction can go on. */
async function attempt<T>(tx: Client, work: () => Promise<T>): Promise<{ value: T } | { overflows: true }> {
  await tx.query(`savepoint ${SAVEPOINT}`);
  try {
    const value = await work();
    await tx.query(`release savepoint ${SAVEPOINT}`);
    return { value };
  } catch (error) {
    if ((error as { code?: string }).code !== OUT_OF_RANGE) throw error;
    await tx.query(`rollback to savepoint ${SAVEPOINT}; release savepoint ${SAVEPOINT}`);
    return { overflows: true };
  }
}

async function overflowOf(tx: Client, query: WindowQuery): Promise<ValidationFailedError> {
  const { view, asOf } = query;
  const key = await overflowingKey(tx, query);
  const among = [key, `${key}\u0001`] as const;
  const features: string[] = [];
  for (const name of Object.keys(view.columns))
    if (await overflows(tx, { ...query, view: only(view, name), among })) features.push(name);
  const inWords = features.map(
    (name) => `${name} (${windowMeaning(view, name)}) is beyond a ${view.columns[name]!.type}`,
  );
  return new ValidationFailedError(
    `view ${view.name}: as of ${asOf}, of the key ${JSON.stringify(key)} ${inWords.join(", ")}; correct or remove its events of ${view.computedFrom.source.name}, and give the column bounds: min and max. Nothing was published.`,
    { failedExpectations: 1 },
  );
}

const only = (view: ComputedSource, name: string): ComputedSource => ({
  ...view,
  columns: { [name]: view.columns[name]! },
  computedFrom: { ...view.computedFrom, windows: { [name]: view.computedFrom.windows[name]! } },
});

/** Halves the keys until one is left, so that the whole costs about as much as the aggregation that failed. */
async function overflowingKey(tx: Client, query: WindowQuery): Promise<string> {
  const { entities, key } = query;
  const { rows } = await tx.query<{ count: number }>(`select count(*)::int as count from ${entities} e`);
  const keyAt = async (offset: number): Promise<string | null> => {
    const found = await tx.query<{ key: string }>(
      `select e.${quote(key)} as key from ${entities} e order by 1 offset $1 limit 1`,
      [offset],
    );
    return found.rows[0]?.key ?? null;
  };
  let [from, before] = [0, rows[0]!.count];
  while (before - from > 1) {
    const middle = (from + before) >> 1;
    const among = [(await keyAt(from))!, await keyAt(middle)] as const;
    if (await overflows(tx, { ...query, among })) before = middle;
    else from = middle;
  }
  return (await keyAt(from))!;
}

async function overflows(tx: Client, query: WindowQuery): Promise<boolean> {
  // Of the whole row: what nobody asks for is not computed.
  const found = await attempt(tx, () => tx.query(`select count(w) from (${windowRowsSql(query)}) w`));
  return "overflows" in found;
}
