/** PostgreSQL joins rows of at most 1 664 columns, those of both sides together. */
const JOINED_COLUMNS = 1_600;

/** One side of a join whose rows are compared with the other's. */
export interface ComparedSide {
  /** What follows `from` or `join`, with its alias. */
  from: string;
  /** Its row, to be compared by `is distinct from`. */
  row: string;
}

/**
 * The columns of a table as one side of a join: as they are, or, where the join would have too many, each row as one
 * value. That costs the making of it, so narrow tables are left alone.
 * @param kept read by themselves, too
 */
export function comparedSide(
  table: string,
  alias: string,
  kept: readonly string[],
  columns: readonly string[],
): ComparedSide {
  if (!isWide(columns.length)) return { from: `${table} ${alias}`, row: rowOf(alias, columns) };
  // Without the offset the planner would put it into the join, all columns of it.
  const from = `(select ${kept.join(", ")}, ${rowOf(alias, columns)} as whole from ${table} ${alias} offset 0) ${alias}`;
  return { from, row: `${alias}.whole` };
}

export const isWide = (columns: number): boolean => 2 * columns + 20 > JOINED_COLUMNS;

export const rowOf = (alias: string, columns: readonly string[]): string =>
  `row(${columns.map((column) => `${alias}.${column}`).join(", ")})`;
