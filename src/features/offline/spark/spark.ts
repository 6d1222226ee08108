import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from "hyparquet";
import { bucketsSql, hashOfRows } from "../lake-sql/hash-sql.js";
import { joinOverLake, type LakeSqlEngine } from "../lake-sql/join-over-lake.js";
import { ASKED, type JoinSql } from "../lake-sql/join-sql.js";
import type { JoinResources, OfflineEngine, OfflineSettings } from "../offline-engine.js";
import { postgresOffline } from "../postgres/postgres.js";
import { sparkDialect } from "./spark-dialect.js";
import { runSpark, type SparkPlace } from "./spark-submit.js";

const NAME = "spark";
/** Rows read at a time. */
const BATCH = 5_000;

/** What is not about whole sets stays with PostgreSQL: there it is an index away. */
export const sparkOffline: OfflineEngine = {
  ...postgresOffline,
  name: NAME,
  description:
    "The lake's Parquet files, read by a job of Apache Spark 4 that spark-submit starts: on one machine or many.",
  join: (on, asked, levels) => {
    const files = new Map<string, readonly string[]>();
    const engine: LakeSqlEngine = {
      name: NAME,
      dialect: sparkDialect(files),
      execute: (of, path, sql) => execute(of, path, sql, files),
    };
    return joinOverLake(engine, on, asked, levels);
  },
  lake: {
    async hash(parts, settings) {
      const folder = await mkdtemp(join(tmpdir(), "asof-spark-"));
      try {
        const files = new Map<string, readonly string[]>();
        const dialect = sparkDialect(files);
        // One job for all of them: most of its time is its start.
        const result = parts
          .map((part, i) => `select b.bucket, b.sha256, ${i} as part from (${bucketsSql(dialect, part)}) b`)
          .join(" union all ");
        const rows = parts.map((): unknown[][] => []);
        if (parts.length > 0) {
          const { signal } = new AbortController();
          const work = { name: "asof hash", files, steps: [], result };
          const out = await runSpark(work, placeOf(settings, folder), signal, async () => {});
          for await (const some of readRows(out)) for (const row of some) rows[row[2] as number]!.push(row);
        }
        return parts.map((part, i) => hashOfRows(part, rows[i]!));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
};

const placeOf = ({ sparkSubmit, sparkMaster, memory }: OfflineSettings, folder: string): SparkPlace => ({
  ...{ submit: sparkSubmit, master: sparkMaster, memory, folder },
});

async function* execute(
  { offline, scratch, signal, log }: JoinResources,
  asked: string,
  { steps, result }: JoinSql,
  files: Map<string, readonly string[]>,
): AsyncGenerator<unknown[][]> {
  files.set(ASKED, [asked]);
  const out = await runSpark(
    { name: "asof join", files, steps, result },
    placeOf(offline, scratch),
    signal,
    log,
  );
  yield* readRows(out);
}

/** Spark numbers its files in the order of their rows. */
async function* readRows(folder: string): AsyncGenerator<unknown[][]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".parquet")).sort();
  for (const name of names) {
    const file = await asyncBufferFromFile(join(folder, name));
    const metadata = await parquetMetadataAsync(file);
    const count = Number(metadata.num_rows);
    for (let rowStart = 0; rowStart < count; rowStart += BATCH) {
      const rowEnd = Math.min(count, rowStart + BATCH);
      const rows = await new Promise<unknown[][]>((onComplete, fail) => {
        parquetRead({ file, metadata, rowStart, rowEnd, onComplete }).catch(fail);
      });
      // Of some columns the reader says undefined where there is no value.
      yield rows.map((row) => row.map((value) => value ?? null));
    }
  }
}
