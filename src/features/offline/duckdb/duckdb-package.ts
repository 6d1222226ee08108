import { ConflictError } from "../../../errors/errors.js";

/** What is used of `@duckdb/node-api`, which is installed by whoever wants it: nothing of it is needed to compile or to start. */
interface DuckDbPackage {
  DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<DuckDbInstance>;
  };
}
export interface DuckDbInstance {
  connect(): Promise<DuckDbConnection>;
  closeSync(): void;
}
export interface DuckDbConnection {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<{ yieldRowsJs(): AsyncIterable<unknown[][]> }>;
  runAndReadAll(sql: string): Promise<{ getRowsJS(): unknown[][] }>;
  /** What runs ends with an error. */
  interrupt(): void;
  closeSync(): void;
}

export const DUCKDB_PACKAGE = "@duckdb/node-api";

/** @throws {ConflictError} it is not installed */
export async function importDuckDb(): Promise<DuckDbPackage> {
  const name: string = DUCKDB_PACKAGE;
  try {
    return (await import(name)) as DuckDbPackage;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new ConflictError(
      `the engine duckdb needs the package ${DUCKDB_PACKAGE}, which is not installed where runs are executed: npm install ${DUCKDB_PACKAGE}`,
    );
  }
}
