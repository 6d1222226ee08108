import pg from "pg";
import { z } from "zod";
import { numberFrom, variable } from "./variable.js";

/** Where data is kept. */
export interface StoresConfig {
  /** Null: an embedded PostgreSQL is started in `home`. */
  databaseUrl: string | null;
  /** The folder of the deployment's own migrations; null: where the deployment says. */
  migrations: string | null;
  /** The online store, by the scheme of its URL; null: PostgreSQL. */
  onlineStoreUrl: string | null;
  /** How long a process must be gone before another continues its runs. */
  takeOverAfterMs: number;
}

/** As those read it who connect: what they cannot read would fail only then. */
function readableUrl(url: string, { addIssue }: { addIssue(message: string): void }): void {
  if (!/^(postgres|redis)/.test(url)) return; // said already
  const encode = "%-encode special characters in user and password (% itself is %25)";
  if (!URL.canParse(url)) {
    addIssue(`is no URL; ${encode}`);
    return;
  }
  try {
    const { username, password, pathname } = new URL(url);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    if (url.startsWith("postgres")) new pg.Client({ connectionString: url });
  } catch (error) {
    addIssue(`cannot be read (${(error as Error).message}); ${encode}`);
  }
}

const url = (begins: RegExp, message: string) =>
  variable(z.string().regex(begins, message).superRefine(readableUrl), null);

export const storeVariables = z
  .object({
    DATABASE_URL: url(/^postgres(ql)?:\/\//, "must start with postgres://"),
    REDIS_URL: url(/^rediss?:\/\//, "must start with redis:// or rediss://"),
    // Which schemes there are is known when the deployment module is loaded: the store is looked up when it is opened.
    ONLINE_STORE_URL: url(/^[a-z][a-z0-9+.-]*:\/\//, "must be a URL"),
    // Longer than a reconnect after a restart of the database takes.
    TAKE_OVER_AFTER_MS: numberFrom(200, 3_600_000, 1_500),
  })
  .transform(
    (env): StoresConfig => ({
      databaseUrl: env.DATABASE_URL,
      migrations: null,
      onlineStoreUrl: env.ONLINE_STORE_URL ?? env.REDIS_URL,
      takeOverAfterMs: env.TAKE_OVER_AFTER_MS,
    }),
  );
