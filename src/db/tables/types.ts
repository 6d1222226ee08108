import { customType } from "drizzle-orm/pg-core";

/** Text ordered by its bytes: the key order that hashes, pages and splits rely on, whatever the database's locale. */
export const keyText = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
