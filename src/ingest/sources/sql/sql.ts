import { createHash } from "node:crypto";
import type { Source } from "../../../definitions/language/deployment.js";
import { headerOf } from "../../../definitions/language/file-reading.js";
import type { SqlOrigin } from "../../../definitions/language/origin.js";
import { readStatement } from "../../../definitions/language/sql-statement.js";
import { SourceUnreadableError } from "../../../errors/errors.js";
import { FileUnreadableError } from "../../formats/file-format.js";
import type { ListedFile, RowsAtOnce, SourceContext, SourceScheme } from "../source-scheme.js";
import { type ToText, textReaderOf, typeProblem } from "./value-texts.js";
import { type CursorColumn, Warehouse } from "./warehouse.js";
import { unreadableWarehouse } from "./warehouse-errors.js";

/** The rows of queries on another PostgreSQL, whose URL an environment variable has. */
export const sqlScheme: SourceScheme = {
  name: "sql",
  writtenAs: null,
  recognises: () => false,
  check: async () => {},
  list: async (_, { sources, asOf }) =>
    sources.map((source) => ({
      source: source.name,
      ...{ extension: " (query)", path: originOf(source).variable, bytes: 0 },
      pin: { asOf: asOf!, statementSha256: statementSha256(originOf(source)) },
    })),
  // The date alone decides what the queries give.
  deliveries: async () => null,
  fingerprint: readAtOnce,
  open: readAtOnce,
  isGone: () => false,
  snapshot: async (_, context, signal) => {
    const warehouse = await connect(context, signal);
    return {
      records: (file) => readRows(warehouse, file, context, signal),
      close: () => warehouse.close(),
    } satisfies RowsAtOnce;
  },
  placed: {
    problem: () => null,
    variables: (origin) => (origin.kind === "sql" ? [origin.variable] : []),
    look: async (context, signal) => {
      const warehouse = await connect(context, signal);
      try {
        for (const source of context.sources) await firstRow(warehouse, source, context, signal);
      } finally {
        await warehouse.close();
      }
      return `${context.at} answers; ${context.sources.map(({ name }) => name).join(", ")} can be read`;
    },
  },
};

function readAtOnce(): never {
  throw new Error("rows of sql are read at once; what asof kept of them is read again");
}

const originOf = (source: Source): SqlOrigin => source.from as SqlOrigin;

export const statementSha256 = ({ statement }: SqlOrigin): string =>
  createHash("sha256").update(statement).digest("hex");

async function connect({ at }: SourceContext, signal: AbortSignal): Promise<Warehouse> {
  const url = process.env[at!]?.trim();
  if (!url)
    throw new SourceUnreadableError(
      `${at} is not set for the process that ingests; set it to the postgres:// URL of the database`,
    );
  try {
    return await Warehouse.open(url, signal);
  } catch (error) {
    if (error instanceof SourceUnreadableError) throw new SourceUnreadableError(`${at}: ${error.message}`);
    signal.throwIfAborted();
    throw unreadableWarehouse(at!, error);
  }
}

async function* readRows(
  warehouse: Warehouse,
  file: ListedFile,
  { sources }: SourceContext,
  signal: AbortSignal,
) {
  const source = sources.find(({ name }) => name === file.source)!;
  const { statement, timeoutSeconds, variable } = originOf(source);
  const { text, usesAsOf } = readStatement(statement);
  const query = { text, asOf: usesAsOf ? file.pin!.asOf! : null, timeoutMs: timeoutSeconds * 1000 };
  try {
    yield* warehouse.records(query, (columns) => readersOf(source, columns), signal);
  } catch (error) {
    if (error instanceof FileUnreadableError) throw error;
    signal.throwIfAborted();
    throw unreadableWarehouse(`${source.name} from ${variable}`, error);
  }
}

/** @throws {FileUnreadableError} a column can hold no value of what is declared; which columns there are the header says */
function readersOf(source: Source, columns: readonly CursorColumn[]): ToText[] {
  const declared = new Map(
    Object.entries(source.columns).map(([name, column]) => [headerOf(source, name), column]),
  );
  const problems = columns.flatMap(({ name, oid }) => {
    const column = declared.get(name);
    const problem = column ? typeProblem(oid, column) : null;
    return problem ? [`column ${name} ${problem}`] : [];
  });
  if (problems.length > 0) throw new FileUnreadableError(problems.join("; "), 1);
  return columns.map(({ name, oid }) => textReaderOf(oid, declared.get(name) ?? null));
}

async function firstRow(warehouse: Warehouse, source: Source, context: SourceContext, signal: AbortSignal) {
  const today = new Date().toISOString().slice(0, 10);
  const [file] = await sqlScheme.list("", { ...context, sources: [source], asOf: today });
  for await (const batch of readRows(warehouse, file!, context, signal)) if (batch.length > 0) break;
}
