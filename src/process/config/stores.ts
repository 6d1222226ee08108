import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { z } from "zod";
import { redisTarget } from "../../features/online/redis/redis-url.js";
import { storeUrlProblem } from "../../storage/open-store.js";
import { numberFrom, variable } from "./variable.js";

/** Where data is kept. */
export interface StoresConfig {
  /** PostgreSQL itself. Null: an embedded one is started in `home`. */
  databaseUrl: string | null;
  /** The same database through a pooler in transaction mode; null: there is none. */
  pooledUrl: string | null;
  /** A standby that reads may be answered from; null: there is none. */
  readUrl: string | null;
  /** How far behind a standby is still used. */
  readMaxLagMs: number;
  /** Most connections to answer requests with; null: 4 of a server of others, 24 of the embedded one. */
  connections: number | null;
  /** The folder of the deployment's own migrations; null: where the deployment says. */
  migrations: string | null;
  /** The online store, by the scheme of its URL; null: PostgreSQL. */
  onlineStoreUrl: string | null;
  /** Where larger artifacts are moved to from PostgreSQL; null: nowhere. */
  artifactsUrl: string | null;
  /** How long a process must be gone before another continues its runs. */
  takeOverAfterMs: number;
}

/** As those read it who connect: what they cannot read would fail only then. */
function readableUrl(url: string, { addIssue }: { addIssue(message: string): void }): void {
  if (url.startsWith("redis")) {
    try {
      redisTarget(url);
    } catch (error) {
      addIssue((error as Error).message);
    }
    return;
  }
  if (!url.startsWith("postgres")) return; // said already
  const encode = "%-encode special characters in user and password (% itself is %25)";
  if (!URL.canParse(url)) {
    addIssue(`is no URL; ${encode}`);
    return;
  }
  try {
    const { username, password, pathname } = new URL(url);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    new pg.Client({ connectionString: url });
  } catch (error) {
    addIssue(`cannot be read (${(error as Error).message}); ${encode}`);
  }
}

const url = (begins: RegExp, message: string) =>
  variable(z.string().regex(begins, message).superRefine(readableUrl), null);

/** A folder may be given as a path. */
const artifactsUrl = z
  .string()
  .transform((text) => (isAbsolute(text) ? pathToFileURL(text).href : text))
  .superRefine((place, { addIssue }) => {
    const problem = storeUrlProblem(place);
    if (problem !== null) addIssue(problem);
  });

const POSTGRES = /^postgres(ql)?:\/\//;

export const storeVariables = z
  .object({
    DATABASE_URL: url(POSTGRES, "must start with postgres://"),
    DATABASE_DIRECT_URL: url(POSTGRES, "must start with postgres://"),
    DATABASE_READ_URL: url(POSTGRES, "must start with postgres://"),
    DATABASE_READ_MAX_LAG_MS: numberFrom(0, 86_400_000, 5_000),
    DATABASE_CONNECTIONS: numberFrom(4, 1_000, null),
    REDIS_URL: url(
      /^rediss?(\+sentinel)?:\/\//,
      "must start with redis://, rediss://, redis+sentinel:// or rediss+sentinel://",
    ),
    // Which schemes there are is known when the deployment module is loaded: the store is looked up when it is opened.
    ONLINE_STORE_URL: url(/^[a-z][a-z0-9+.-]*:\/\//, "must be a URL"),
    ARTIFACTS_URL: variable(artifactsUrl, null),
    // Longer than a reconnect after a restart of the database takes.
    TAKE_OVER_AFTER_MS: numberFrom(200, 3_600_000, 1_500),
  })
  .transform(
    (env): StoresConfig => ({
      databaseUrl: env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
      pooledUrl: env.DATABASE_DIRECT_URL && env.DATABASE_URL,
      readUrl: env.DATABASE_READ_URL,
      readMaxLagMs: env.DATABASE_READ_MAX_LAG_MS,
      connections: env.DATABASE_CONNECTIONS,
      migrations: null,
      onlineStoreUrl: env.ONLINE_STORE_URL ?? env.REDIS_URL,
      artifactsUrl: env.ARTIFACTS_URL,
      takeOverAfterMs: env.TAKE_OVER_AFTER_MS,
    }),
  );
