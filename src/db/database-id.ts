import type { Queryable } from "./pool.js";

/** Of the cluster and the database in it: a restored dump has another one, a copy of the server's files the same. */
export async function databaseId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `select (select system_identifier from pg_control_system()) || '-' || oid as id
     from pg_database where datname = current_database()`,
  );
  return rows[0]!.id;
}
