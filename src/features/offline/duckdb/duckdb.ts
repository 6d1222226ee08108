import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bucketsSql, hashOfRows } from "../lake-sql/hash-sql.js";
import { joinOverLake, type LakeSqlEngine } from "../lake-sql/join-over-lake.js";
import { ASKED, type JoinSql } from "../lake-sql/join-sql.js";
import type { JoinResources, OfflineEngine } from "../offline-engine.js";
import { postgresOffline } from "../postgres/postgres.js";
import { duckDbDialect } from "./duckdb-dialect.js";
import { importDuckDb } from "./duckdb-package.js";

const NAME = "duckdb";
/** Rows given on at a time. */
const BATCH = 5_000;

const duckDb: LakeSqlEngine = { name: NAME, dialect: duckDbDialect, execute: executeJoin };

/** What is not about whole sets stays with PostgreSQL: there it is an index away. */
export const duckDbOffline: OfflineEngine = {
  ...postgresOffline,
  name: NAME,
  description:
    "The lake's Parquet files, read within the process that executes the run; what does not fit into memory is on disk.",
  join: (on, asked, levels) => joinOverLake(duckDb, on, asked, levels),
  lake: {
    async hash(parts, { memory }) {
      const scratch = await mkdtemp(join(tmpdir(), "asof-duckdb-"));
      const { instance, connection } = await open(scratch, memory);
      try {
        const hashes: string[] = [];
        for (const part of parts) {
          const found = await connection.runAndReadAll(bucketsSql(duckDbDialect, part));
          hashes.push(hashOfRows(part, found.getRowsJS()));
        }
        return hashes;
      } finally {
        connection.closeSync();
        instance.closeSync();
        await rm(scratch, { recursive: true, force: true });
      }
    },
  },
};

/** @throws the signal's reason, once it is given up */
export async function* executeJoin(
  { scratch, offline, signal }: Pick<JoinResources, "scratch" | "offline" | "signal">,
  asked: string,
  { steps, result }: JoinSql,
): AsyncGenerator<unknown[][]> {
  const { instance, connection } = await open(scratch, offline.memory);
  const interrupt = () => connection.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    // It may have been given up while the database was opened: then nobody interrupts.
    signal.throwIfAborted();
    await connection.run(`create view ${ASKED} as select * from ${duckDbDialect.files([asked])}`);
    // What is read more than once is kept in the database's file, which memory does not limit.
    for (const { name, sql, isReused } of steps)
      await connection.run(`create ${isReused ? "table" : "view"} ${name} as ${sql}`);
    let held: unknown[][] = [];
    for await (const rows of (await connection.stream(result)).yieldRowsJs()) {
      held = held.concat(rows);
      if (held.length < BATCH) continue;
      yield held;
      held = [];
    }
    if (held.length > 0) yield held;
  } catch (error) {
    // An interrupt says that it was one, not why.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

/** It fetches and loads no extensions: what a join does must not depend on what is on a server today. */
async function open(scratch: string, memory: string) {
  const { DuckDBInstance } = await importDuckDb();
  const instance = await DuckDBInstance.create(join(scratch, "join.duckdb"), {
    memory_limit: memory,
    temp_directory: join(scratch, "spilled"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    preserve_insertion_order: "false",
  });
  const connection = await instance.connect();
  return { instance, connection };
}
