import type { Queryable } from "../../db/pool.js";
import type { Deployment, Entity, Source } from "../../definitions/language/deployment.js";
import { entityOf, parentLinkOf } from "../../definitions/language/entities.js";
import { headerOf } from "../../definitions/language/file-reading.js";
import { keyColumnsOf, type NamedKeyColumn } from "../../definitions/language/key.js";
import { isKeyProblem, keyOfParts, keyPart, partsOfKey } from "../../definitions/language/key-form.js";

const PAGE = 1000;

/** Where a row of quarantine is, and whose it says to be. */
export interface KeptOutRow {
  runId: string;
  source: string;
  line: number;
  /** As asof keeps it; null: the row has none that can be told. */
  key: string | null;
}

interface StoredRow extends Omit<KeptOutRow, "key"> {
  key: string | null;
  row: string;
}

/** By column, or of a row with too few fields or too many a list. */
type Delivered = Readonly<Record<string, string>> | readonly string[];

/** Rows of quarantine that are of one of these keys, in whatever form it was delivered. Of a source that is declared no longer, any row may be. */
export async function quarantinedRowsOf(
  db: Queryable,
  deployment: Deployment,
  entity: Entity,
  keys: readonly string[],
): Promise<KeptOutRow[]> {
  const others = deployment.sources.filter((source) => entityOf(deployment, source).name !== entity.name);
  const columns = keyColumnsOf(entity);
  const known = new Set(keys);
  const parts = keys.map((key) => partsOfKey(entity, key));
  return search(db, "source <> all($1)", others, columns, parts, ({ source, key }, delivered) => {
    const declared = deployment.sources.find(({ name }) => name === source);
    const fields = declared ? valuesOf(delivered, declared, columns) : null;
    if (!fields) return (key !== null && known.has(key)) || mayHave(delivered, columns, parts, known);
    const own = keyOfParts(entity, fields);
    return !isKeyProblem(own) && known.has(own);
  });
}

/** Rows of quarantine that say to belong to one of these keys. */
export async function quarantinedRowsUnder(
  db: Queryable,
  deployment: Deployment,
  entity: Entity,
  keys: readonly string[],
): Promise<KeptOutRow[]> {
  const found: KeptOutRow[] = [];
  for (const source of deployment.sources) {
    const link = parentLinkOf(deployment, source);
    if (link?.to.entity.name !== entity.name) continue;
    // What it is called in the rows of the source.
    const columns = [{ ...keyColumnsOf(entity)[0]!, column: link.column }];
    const known = new Set(keys);
    const parts = keys.map((key) => [key]);
    const rows = await search(db, "source = any($1)", [source], columns, parts, (_, delivered) => {
      const fields = valuesOf(delivered, source, columns);
      return mayHave(fields ?? delivered, columns, parts, known);
    });
    const own = entityOf(deployment, source);
    for (const row of rows) found.push({ ...row, key: row.key && keptForm(own, row.key) });
  }
  return found;
}

/** The key as asof keeps it, of one that was delivered; null: it is none. */
function keptForm(entity: Entity, delivered: string): string | null {
  if (keyColumnsOf(entity).length > 1) return delivered;
  const key = keyOfParts(entity, [delivered]);
  return isKeyProblem(key) ? null : key;
}

/**
 * What SQL finds are candidates, by text: what a row says is read as a delivery is read. JSON of a row may have a NUL or half of
 * a surrogate pair, which PostgreSQL refuses to take apart.
 */
async function search(
  db: Queryable,
  where: string,
  sources: readonly Source[],
  columns: readonly NamedKeyColumn[],
  parts: readonly (readonly string[])[],
  isMeant: (row: StoredRow, delivered: Delivered) => boolean,
): Promise<KeptOutRow[]> {
  const found: KeptOutRow[] = [];
  const names = sources.map(({ name }) => name);
  const { needles, numbers } = needlesOf(columns, parts);
  for (let after: StoredRow | undefined; ; ) {
    const { rows }: { rows: StoredRow[] } = await db.query<StoredRow>(
      `select run_id as "runId", source, line, key, row::text as row from quarantined_rows
       where ${where} and ($2::uuid is null or (run_id, source, line) > ($2, $3, $4))
         and (row::text ~ $6 or exists (
           select 1 from unnest($5::text[]) n where strpos(row::text, n) > 0 or strpos(lower(row::text), n) > 0))
       order by run_id, source, line limit ${PAGE}`,
      [names, after?.runId ?? null, after?.source ?? null, after?.line ?? null, needles, numbers],
    );
    for (const row of rows) {
      const { runId, source, line, key } = row;
      if (isMeant(row, JSON.parse(row.row) as Delivered)) found.push({ runId, source, line, key });
    }
    after = rows[PAGE - 1];
    if (!after) return found;
  }
}

/** Texts, and a pattern, of which one is in every row that has the key: of several columns, by its longest part. */
function needlesOf(
  columns: readonly NamedKeyColumn[],
  parts: readonly (readonly string[])[],
): { needles: string[]; numbers: string | null } {
  const needles: string[] = [];
  const numbers: string[] = [];
  for (const texts of parts) {
    const place = texts.reduce((most, text, at) => (text.length > texts[most]!.length ? at : most), 0);
    const isNumber = ["int", "bigint"].includes(columns[place]!.type);
    if (isNumber) numbers.push(texts[place]!.replace("-", ""));
    else needles.push(JSON.stringify(texts[place]).slice(1, -1));
  }
  return { needles, numbers: numbers.length > 0 ? `[^1-9.]0*(${numbers.join("|")})[^0-9]` : null };
}

/** The values of these columns; null where the row has another form than its header. */
function valuesOf(
  delivered: Delivered,
  source: Source,
  columns: readonly NamedKeyColumn[],
): readonly string[] | null {
  if (isList(delivered)) return null;
  const values = columns.map(({ column }) => delivered[headerOf(source, column)]);
  return values.every((value) => value !== undefined) ? (values as string[]) : null;
}

const isList = (delivered: Delivered): delivered is readonly string[] => Array.isArray(delivered);

/** Which of the fields are the key's, nobody knows: whether each of its parts is one of them. */
function mayHave(
  delivered: Delivered,
  columns: readonly NamedKeyColumn[],
  parts: readonly (readonly string[])[],
  known: ReadonlySet<string>,
): boolean {
  const fields = Object.values(delivered);
  const read = columns.map(
    (column) => new Set(fields.map((field) => keyPart(column, field)).filter((text) => !isKeyProblem(text))),
  );
  const [only, ...others] = read;
  if (others.length === 0) return [...only!].some((text) => known.has(text as string));
  return parts.some((texts) => texts.every((text, place) => read[place]!.has(text)));
}
