import { type Client, type Queryable, quote } from "../../db/pool.js";
import { countErased } from "../../features/erasure/erase-rows.js";
import type { PlaceRows } from "../../features/erasure/erasure-counts.js";
import { type KeptText, type TableTexts, textsThatAre } from "./kept-texts.js";
import type { Mention, Mentioned } from "./mention.js";

/** Runs and their events are searched with what the engine keeps of them. */
const OF_RUNS = ["runs", "run_events"];
const BESIDE_RUNS = textsThatAre("scrubbed").filter(({ table }) => !OF_RUNS.includes(table));
const LISTED = textsThatAre("listed");

/** SQL: one of the texts $1 is in the columns, as they are stored. */
export const holdsAny = (columns: readonly KeptText[]): string =>
  `exists (select 1 from unnest($1::text[]) n
     where strpos(concat_ws(' ', ${columns.map(({ name }) => quote(name)).join(", ")}), n) > 0)`;

export const needlesOf = (mentions: readonly Mention[]): string[] => [
  ...new Set(mentions.flatMap(({ needles }) => needles)),
];

/** The value of a column without the person: one that may not be null is left empty. */
export function withoutPerson(mention: Mention, value: unknown, { notNull }: KeptText): unknown {
  const clean = mention.scrub(value);
  if (clean !== null || !notNull) return clean;
  return Array.isArray(value) ? [] : {};
}

export const asStored = (value: unknown, { isJson }: KeptText): unknown =>
  isJson && value !== null ? JSON.stringify(value) : value;

interface CleanRow {
  ctid: string;
  values: unknown[];
  /** Whom the row named. */
  mentions: Mention[];
}

/** Takes them out of descriptions, tags and parameters that are kept beside runs. */
export async function scrubTexts(tx: Client, persons: readonly Mentioned[]): Promise<void> {
  const mentions = persons.map(({ mention }) => mention);
  for (const texts of BESIDE_RUNS) {
    for (const { ctid, values, mentions: named } of await rowsNaming(tx, texts, mentions, "for update")) {
      const set = texts.columns.map(({ name }, place) => `${quote(name)} = $${place + 2}`).join(", ");
      await tx.query(`update ${quote(texts.table)} set ${set} where ctid = $1::tid`, [ctid, ...values]);
      for (const { erasure, mention } of persons)
        if (named.includes(mention)) await countErased(tx, erasure, texts.table, 1);
    }
  }
}

/** How many rows would change. */
export async function countTexts(db: Queryable, mentions: readonly Mention[]): Promise<PlaceRows[]> {
  const counted: PlaceRows[] = [];
  for (const texts of BESIDE_RUNS) {
    const rows = await rowsNaming(db, texts, mentions, "");
    counted.push({ place: texts.table, rows: rows.reduce((sum, row) => sum + row.mentions.length, 0) });
  }
  return counted;
}

async function rowsNaming(
  db: Queryable,
  { table, columns }: TableTexts,
  mentions: readonly Mention[],
  lock: "for update" | "",
): Promise<CleanRow[]> {
  const names = columns.map(({ name }) => quote(name)).join(", ");
  const { rows } = await db.query<Record<string, unknown> & { ctid: string }>(
    `select ctid::text as ctid, ${names} from ${quote(table)} where ${holdsAny(columns)} ${lock}`,
    [needlesOf(mentions)],
  );
  return rows.flatMap(({ ctid, ...row }) => {
    let values = columns.map(({ name }) => row[name]);
    const named = mentions.filter((mention) => {
      const clean = values.map((value, place) => withoutPerson(mention, value, columns[place]!));
      const isNamed = JSON.stringify(clean) !== JSON.stringify(values);
      values = clean;
      return isNamed;
    });
    if (named.length === 0) return [];
    return [
      { ctid, mentions: named, values: values.map((value, place) => asStored(value, columns[place]!)) },
    ];
  });
}

/** Names of things, and records that are never changed, of which some name the person: `<table>.<column> <rows>`. */
export async function namesThatStay(db: Queryable, mentions: readonly Mention[]): Promise<string[]> {
  const found: string[] = [];
  for (const { table, columns } of LISTED) {
    for (const column of columns) {
      const { rows } = await db.query<{ text: string; rows: number }>(
        `select ${quote(column.name)}::text as text, count(*)::int as rows from ${quote(table)}
         where ${holdsAny([column])} group by 1`,
        [needlesOf(mentions)],
      );
      const named = rows.filter(({ text }) => mentions.some((mention) => mention.inText(text)));
      const count = named.reduce((sum, each) => sum + each.rows, 0);
      if (count > 0) found.push(`${table}.${column.name} ${count}`);
    }
  }
  return found;
}
