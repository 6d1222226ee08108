import { open } from "node:fs/promises";
import { join } from "node:path";
import { withTransaction } from "../../../db/pool.js";
import { ConflictError } from "../../../errors/errors.js";
import { writeParquet } from "../../export-parquet.js";
import type { ExportColumn, ExportRow } from "../../export-rows.js";
import type { FeatureSelection } from "../../feature-selection.js";
import type { Lake } from "../lake/lake.js";
import type { DatedRow, JoinedRows, JoinResources } from "../offline-engine.js";
import { PartDescriptions } from "../part-descriptions.js";
import { KnownEpochs } from "./asked-clocks.js";
import type { SqlDialect } from "./dialect.js";
import { type JoinPlan, planJoin } from "./join-plan.js";
import { type JoinSql, joinSql } from "./join-sql.js";
import { JoinedReader } from "./joined-reader.js";

/** An engine that reads Parquet by SQL. */
export interface LakeSqlEngine {
  readonly name: string;
  readonly dialect: SqlDialect;
  /** Rows of the result, in its order. @param asked a Parquet file of `ASKED` */
  execute(on: JoinResources, asked: string, sql: JoinSql): AsyncIterable<unknown[][]>;
}

const ASKED_COLUMNS: readonly ExportColumn[] = [
  { name: "ordinal", type: "bigint", required: true },
  { name: "k", type: "string", required: true },
  { name: "as_of", type: "date", required: true },
  { name: "epoch", type: "int", required: true },
];

/**
 * The point-in-time join by an engine over the lake, which must be filled, while the caller keeps erasures off.
 * The asked rows are written to a file first: what they ask for decides what is read.
 */
export async function* joinOverLake(
  engine: LakeSqlEngine,
  on: JoinResources,
  asked: AsyncIterable<DatedRow[]>,
  levels: FeatureSelection["levels"],
): AsyncGenerator<JoinedRows, void, undefined> {
  const { pool, definitions, scratch, signal } = on;
  const lake = requireLake(engine.name, on.offline.lake);
  const known = await KnownEpochs.read(pool);
  const file = join(scratch, "asked.parquet");
  const epochs = await writeAsked(file, asked, known, signal);
  const descriptions = new PartDescriptions(pool);
  const plan = await withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read read only");
    return planJoin(tx, definitions, lake, descriptions, levels, { known, asked: [...epochs] });
  });
  const paths = await localPaths(lake, plan, scratch, signal);
  await on.log(`${engine.name}: reads ${paths.size} files of ${lake.url}`);
  const sql = joinSql(engine.dialect, plan, (path) => paths.get(path)!);
  const reader = new JoinedReader(plan, descriptions, levels);
  for await (const rows of engine.execute(on, file, sql)) {
    signal.throwIfAborted();
    yield reader.read(rows);
  }
}

/** @throws {ConflictError} no lake is set up */
export function requireLake(engine: string, lake: Lake | null): Lake {
  if (lake) return lake;
  throw new ConflictError(
    `the engine ${engine} reads the lake, and there is none: set LAKE_URL where runs are executed, to file:///srv/lake or s3://bucket/prefix`,
  );
}

/** @returns the epochs that are asked for */
async function writeAsked(
  path: string,
  asked: AsyncIterable<DatedRow[]>,
  known: KnownEpochs,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const epochs = new Set<number>();
  const rows = async function* (): AsyncGenerator<ExportRow> {
    let ordinal = 0;
    for await (const batch of asked) {
      signal.throwIfAborted();
      for (const row of batch) {
        const epoch = known.of(row);
        epochs.add(epoch);
        yield [String(ordinal++), row.key, row.asOf, epoch];
      }
    }
  };
  const file = await open(path, "w");
  try {
    await writeParquet(
      ASKED_COLUMNS,
      rows(),
      (bytes) => file.writeFile(bytes),
      () => {},
    );
  } finally {
    await file.close();
  }
  return epochs;
}

async function localPaths(
  lake: Lake,
  { reads }: JoinPlan,
  into: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const groups = reads.flatMap(({ extracts, pushes }) => [...extracts.groups, ...pushes.groups]);
  for (const file of groups.flatMap(({ files }) => files))
    if (!paths.has(file.path)) paths.set(file.path, await lake.local(file, into, signal));
  return paths;
}
