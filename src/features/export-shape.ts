import type { Entity } from "../definitions/language/deployment.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { isKeyProblem, keyOfParts } from "../definitions/language/key-form.js";
import { BadUserInputError } from "../errors/errors.js";
import { HELD_OUT, type HeldOutRule, heldOutBy } from "../values/held-out.js";
import type { ExportColumn, ExportRow } from "./export-rows.js";

/** Of each encoded feature its categories: the place of one is its code. In the order of their UTF-8 bytes. */
export type Categories = Readonly<Record<string, readonly string[]>>;

/** What an export changes in the rows of snapshots, and adds to them. */
export interface ExportShape {
  /** Null: nothing says who is held out. */
  readonly heldOut: HeldOutRule | null;
  /** Null: categories are texts. */
  readonly categories: Categories | null;
}

/** Of one feature: of more, a code says little, and every version that learnt from them keeps the list. */
export const MOST_CATEGORIES = 10_000;

/** The columns of rows that have the shape; `held_out` is the last. */
export function shapedColumns(
  columns: readonly ExportColumn[],
  { heldOut, categories }: ExportShape,
): ExportColumn[] {
  return [
    ...columns.map(
      (column): ExportColumn => (categories?.[column.name] ? { ...column, type: "int" } : column),
    ),
    ...(heldOut ? [{ name: HELD_OUT, type: "bool", required: true } as const] : []),
  ];
}

/**
 * The rows with codes instead of categories, and whether each is held out. An empty value stays one.
 * @param columns of the rows as they come: the date, the key, and the rest
 * @throws {Error} a value is none of the categories: rows were erased or changed between the two readings, a bug
 */
export async function* shapedRows(
  rows: AsyncIterable<ExportRow>,
  entity: Entity,
  columns: readonly ExportColumn[],
  { heldOut, categories }: ExportShape,
): AsyncGenerator<ExportRow, void, undefined> {
  const encoded = columns.flatMap(({ name }, place) => {
    const list = categories?.[name];
    return list ? [{ name, place, codes: codesOf(list) }] : [];
  });
  const isHeldOut = heldOut && heldOutBy(heldOut);
  const keyColumns = keyColumnsOf(entity).length;
  for await (const row of rows) {
    const shaped = [...row];
    for (const { name, place, codes } of encoded) {
      const value = row[place]!;
      if (value === null) continue;
      const code = codes.get(value as string);
      if (code === undefined) throw new Error(`${name} has a value that is none of its categories`);
      shaped[place] = code;
    }
    if (isHeldOut) shaped.push(isHeldOut(keyOf(entity, row.slice(1, 1 + keyColumns))));
    yield shaped;
  }
}

export const codesOf = (categories: readonly string[]): ReadonlyMap<string, number> =>
  new Map(categories.map((category, code) => [category, code]));

function keyOf(entity: Entity, values: readonly unknown[]): string {
  if (values.length === 1) return String(values[0]);
  const key = keyOfParts(entity, values);
  if (isKeyProblem(key)) throw new Error(`a row has a key that is none: ${key.problem}`);
  return key;
}

/**
 * Every category in these rows.
 * @param names of the columns that have them
 * @throws {BadUserInputError} there are more than a feature may have
 */
export async function readCategories(
  rows: AsyncIterable<ExportRow>,
  columns: readonly ExportColumn[],
  names: readonly string[],
): Promise<Categories> {
  const places = names.map((name) => columns.findIndex((column) => column.name === name));
  const found = names.map(() => new Set<string>());
  for await (const row of rows)
    for (const [index, place] of places.entries()) {
      const value = row[place]!;
      if (value === null) continue;
      const seen = found[index]!.add(value as string);
      if (seen.size <= MOST_CATEGORIES) continue;
      throw new BadUserInputError(
        `encoding: ${names[index]} has more than ${MOST_CATEGORIES} categories in these rows; leave it out of features, or export it as text`,
        { feature: names[index]! },
      );
    }
  return Object.fromEntries(names.map((name, index) => [name, inByteOrder(found[index]!)]));
}

const inByteOrder = (texts: Iterable<string>): string[] =>
  Array.from(texts, (text) => Buffer.from(text))
    .sort(Buffer.compare)
    .map((bytes) => bytes.toString());
