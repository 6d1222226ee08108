import { StartError } from "../../errors/start-errors.js";
import type { Queryable } from "../pool.js";
import type { MigrationFile } from "./folder.js";

/** What refuses a statement that would lose history: the database itself, or only whoever runs the migrations. */
export type HistoryGuard = "database" | "migration runner";

export async function findHistoryGuard(db: Queryable): Promise<HistoryGuard> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from pg_event_trigger
     where evtname in ('asof_refuse_retyped', 'asof_refuse_dropped') and evtenabled in ('A', 'O')`,
  );
  return rows[0]!.count === 2 ? "database" : "migration runner";
}

/** A column of an entity's table, by what stays the same when it is renamed. */
interface EntityColumn {
  place: string;
  name: string;
  type: string;
}

/** Empty where no migration has made any yet. */
export async function readEntityColumns(db: Queryable): Promise<EntityColumn[]> {
  const { rows } = await db.query<EntityColumn>(
    `select c.oid || ' ' || a.attnum as place, c.relname || '.' || a.attname as name,
       format_type(a.atttypid, a.atttypmod) || ' ' || a.attcollation as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname not in ('snapshots', 'quarantined_rows')
       and exists (select 1 from pg_attribute d where d.attrelid = c.oid and d.attname = 'as_of' and not d.attisdropped)`,
  );
  return rows;
}

/**
 * Compares what is there with what was there before a file, whatever its statements looked like.
 * @throws {StartError} MIGRATION_LOSES_DATA: a column is gone or of another type
 */
export async function requireNothingLost(
  db: Queryable,
  before: readonly EntityColumn[],
  folder: string,
  { name }: MigrationFile,
): Promise<void> {
  const after = new Map((await readEntityColumns(db)).map((column) => [column.place, column]));
  for (const column of before) {
    const now = after.get(column.place);
    if (now?.type === column.type) continue;
    throw losesData(folder, name, now ? `gives ${column.name} another type` : `drops ${column.name}`);
  }
}

/** @throws {StartError} MIGRATION_LOSES_DATA: a statement says that it drops or re-types what is kept */
export function refuseLosses(folder: string, { name, statements }: MigrationFile): void {
  for (const statement of statements) {
    const loss = findLoss(statement);
    if (loss) throw losesData(folder, name, `would ${loss}`);
  }
}

function losesData(folder: string, name: string, loss: string): StartError {
  return new StartError(
    "MIGRATION_LOSES_DATA",
    `migration ${folder}/${name}.sql ${loss}, and with it history; nothing of it was kept; retire or rename it in the definitions and write the migration with npm run db:generate`,
  );
}

type Token = { kind: "word" | "name" | "text" | "sign"; text: string };

/** Comments are nothing, quoted names and texts one token each; what is dollar-quoted is read as SQL, too. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"]|"")*)"|[eE]?'((?:[^']|'')*)'|\$(\w*)\$([\s\S]*?)\$\3\$|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|([^\s])/g;

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const [, name, text, , body, word, sign] of sql.matchAll(TOKEN)) {
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (text !== undefined) tokens.push({ kind: "text", text: text.replaceAll("''", "'") });
    else if (body !== undefined) tokens.push({ kind: "text", text: body });
    else if (word !== undefined) tokens.push({ kind: "word", text: word.toLowerCase() });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
  }
  return tokens;
}

/** What `alter table … drop` may be followed by without a column being meant. */
const DROPS_NO_COLUMN = ["constraint", "default", "not", "identity", "expression"];
/** What holds no rows. */
const HOLDS_NOTHING = [
  "index",
  "trigger",
  "function",
  "procedure",
  "view",
  "rule",
  "policy",
  "statistics",
  "sequence",
];

/** What the statement would lose, in words; null where nothing. What it executes as text is looked at like itself. */
export function findLoss(sql: string): string | null {
  const tokens = tokensOf(sql);
  const isWord = (index: number, ...words: string[]) =>
    tokens[index]?.kind === "word" && words.includes(tokens[index].text);
  let inAlter = false;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === "text") {
      const inner = findLoss(text);
      if (inner) return inner;
    }
    if (kind === "sign" && text === ";") inAlter = false;
    if (kind !== "word") continue;
    if (text === "alter" && isWord(index + 1, "table", "foreign", "materialized")) inAlter = true;
    if (text === "truncate" && !isWord(index - 1, "before", "after", "or")) return "truncate a table";
    if (text === "type" && inAlter) return "give a column another type";
    if (text !== "drop" || !tokens[index + 1]) continue;
    if (inAlter) {
      if (!isWord(index + 1, ...DROPS_NO_COLUMN)) return "drop a column";
    } else if (!isWord(index + 1, ...HOLDS_NOTHING)) return `drop a ${tokens[index + 1]!.text}`;
    if (
      tokens
        .slice(index)
        .some(
          (token, at) => token.kind === "word" && token.text === "cascade" && !endsBefore(tokens, index, at),
        )
    )
      return "drop whatever depends on something (CASCADE)";
  }
  return null;
}

/** Whether a statement ends between the two. */
const endsBefore = (tokens: readonly Token[], from: number, count: number): boolean =>
  tokens.slice(from, from + count).some(({ kind, text }) => kind === "sign" && text === ";");
