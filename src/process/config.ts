import { resolve } from "node:path";
import pg from "pg";
import { z } from "zod";
import type { JwtConfig } from "../auth/jwt.js";
import type { LogFormat } from "../observability/log.js";
import { defaultGraphQLLimits, type GraphQLLimits } from "../services/graphql-limits.js";
import { defaultSocketLimits, type SocketLimits } from "../services/socket-limits.js";
import { deploymentModule } from "../threads/deployment-module.js";
import { shapeProblem } from "../values/shape-problem.js";
import { ConfigError } from "./dot-env.js";

/** Where and how this process runs. Every variable is optional; `.env.example` documents each. */
export interface Config {
  host: string;
  port: number;
  /** Absent: an embedded PostgreSQL is started in `home`. */
  databaseUrl: string | undefined;
  /** The online store, by the scheme of its URL; absent: Redis where `redisUrl` is, PostgreSQL else. */
  onlineStoreUrl?: string | undefined;
  redisUrl?: string | undefined;
  /** Absolute path of what asof keeps on disk. */
  home: string;
  /** Absolute path of the folder whose sub-folders are ingested. */
  dataDir: string;
  /** The folder of the deployment's own migrations; absent: where the deployment says. */
  migrations?: string | undefined;
  /** The URL of the module that says what is served; absent: the shipped definitions. */
  deployment?: string | undefined;
  role: Role;
  /** How many processes serve on the port; absent: this one. */
  processes?: number;
  logLevel: string;
  /** Absent: JSON, or on a terminal lines to be read. */
  logFormat?: LogFormat | undefined;
  /** How long a process must be gone before another continues its runs. */
  takeOverAfterMs?: number;
  /** Absent: what is answered is not kept. */
  predictionLog?: {
    /** Share of the predictions about now that are kept, 0..1. */
    sample: number;
    /** Most that one process keeps in a second. */
    perSecond: number;
    /** Whole UTC days they are kept for. */
    keepDays: number;
  };
  /** What the process of a model made elsewhere may take, where it is not the default. */
  externalModels?:
    | {
        /** Of memory, beyond what the process needs without a model. */
        memoryMb?: number | undefined;
        /** For one batch of up to 1 024 rows. */
        timeoutMs?: number | undefined;
      }
    | undefined;
  /** A token of role admin beside those of the database. */
  adminToken?: string | undefined;
  /** JWTs of this issuer are accepted. */
  jwt?: JwtConfig | undefined;
  /** Whether `GET /metrics` is answered to whoever asks. */
  metricsPublic?: boolean;
  /** Requests, and operations over WebSocket, of one token or JWT; 0: any number. */
  rateLimitPerSecond?: number;
  /** What one GraphQL request may ask for, where it is not the default. */
  graphqlLimits?: Partial<GraphQLLimits>;
  /** The same of WebSockets, and of operations over them. */
  socketLimits?: Partial<SocketLimits>;
  /** Whose pages may call; absent: nobody's but our own. */
  cors?: {
    /** Such as `https://app.example`, or `*` alone. */
    origins: string[];
    /** Whether browsers send what they keep for us, such as a proxy's cookie. */
    credentials: boolean;
  };
  /** A request that takes longer is answered REQUEST_TIMEOUT and its SQL is cancelled; 0 or absent: never. */
  requestTimeoutMs?: number;
  /** Between two pings of a WebSocket, of which a client may leave none unanswered. Absent: the default. */
  keepAliveMs?: number;
  /** Absent: the default. */
  shutdown?: Shutdown;
}

export interface Shutdown {
  /** How long `/ready` has said no, after SIGTERM, before the port is closed. */
  drainMs: number;
  /** From the signal on; after it the process ends with whatever it has left. */
  timeoutMs: number;
}

/** `api` answers requests, `worker` executes runs, `all` does both. */
export type Role = "all" | "api" | "worker";

export const DEFAULT_SHUTDOWN: Shutdown = { drainMs: 3_000, timeoutMs: 25_000 };

const blankIsAbsent = (value: unknown): unknown =>
  typeof value === "string" && value.trim() === "" ? undefined : value;
const anyNumberFrom = (min: number, max: number, whole = true) => {
  const message = `must be a ${whole ? "whole " : ""}number from ${min} to ${max}`;
  const read = z.coerce.number({ error: message });
  return (whole ? read.int({ error: message }) : read).min(min, message).max(max, message);
};
const numberFrom = (min: number, max: number, fallback: number, whole = true) =>
  z.preprocess(blankIsAbsent, anyNumberFrom(min, max, whole).default(fallback));
const optionalNumberFrom = (min: number, max: number) =>
  z.preprocess(blankIsAbsent, anyNumberFrom(min, max).optional());
const textOr = (fallback: string) => z.preprocess(blankIsAbsent, z.string().default(fallback));
const optionalText = z.preprocess(blankIsAbsent, z.string().optional());
const booleanOr = (fallback: boolean) =>
  z.preprocess(
    blankIsAbsent,
    z
      .enum(["true", "false"], { error: "must be true or false" })
      .transform((text) => text === "true")
      .default(fallback),
  );
/** Keys fetched over a line that others can write on would let them sign as anybody. */
const trustedUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
};
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
const authShape = {
  ASOF_ADMIN_TOKEN: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(
        /^[\x21-\x7e]{32,256}$/,
        "must be 32 to 256 printable characters, such as `openssl rand -hex 32` prints",
      )
      .optional(),
  ),
  AUTH_JWKS_URL: z.preprocess(
    blankIsAbsent,
    z.string().refine(trustedUrl, "must be an https URL, or http on this machine").optional(),
  ),
  AUTH_ISSUER: optionalText,
  AUTH_AUDIENCE: optionalText,
  AUTH_ROLE_CLAIM: textOr("role"),
  METRICS_PUBLIC: booleanOr(false),
};
/** As browsers send it. A `*` within is a letter of a name to `URL`, and would match nothing. */
const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && !text.includes("*") && URL.canParse(text) && new URL(text).origin === text;
const corsShape = {
  CORS_ORIGINS: z.preprocess(
    (value) =>
      String(value ?? "")
        .split(",")
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ""),
    z
      .array(z.string())
      .refine(
        (origins) => origins.join() === "*" || origins.every(isOrigin),
        "must be origins such as https://app.example with commas between them, each in full (no *.example), or * alone",
      ),
  ),
  CORS_CREDENTIALS: booleanOr(false),
};
const limitOr = (fallback: number) => numberFrom(1, 100_000_000, fallback);
const limitsShape = {
  GRAPHQL_MAX_DEPTH: limitOr(defaultGraphQLLimits.depth),
  GRAPHQL_MAX_FIELDS: limitOr(defaultGraphQLLimits.fields),
  GRAPHQL_MAX_ALIASES: limitOr(defaultGraphQLLimits.aliases),
  GRAPHQL_MAX_DIRECTIVES: limitOr(defaultGraphQLLimits.directives),
  GRAPHQL_MAX_ROOT_FIELDS: limitOr(defaultGraphQLLimits.rootFields),
  GRAPHQL_MAX_DOCUMENT_BYTES: limitOr(defaultGraphQLLimits.documentBytes),
  GRAPHQL_MAX_TOKENS: limitOr(defaultGraphQLLimits.tokens),
  GRAPHQL_MAX_COST: limitOr(defaultGraphQLLimits.cost),
  GRAPHQL_MAX_EVENT_COST: limitOr(defaultGraphQLLimits.eventCost),
  GRAPHQL_INTROSPECTION: booleanOr(defaultGraphQLLimits.introspection),
  RATE_LIMIT_PER_SECOND: numberFrom(0, 1_000_000, 0),
  WS_MAX_SOCKETS_PER_CALLER: limitOr(defaultSocketLimits.socketsPerCaller),
  WS_MAX_SOCKETS: limitOr(defaultSocketLimits.sockets),
  WS_MAX_OPERATIONS_PER_SOCKET: limitOr(defaultSocketLimits.operationsPerSocket),
  WS_MAX_OPERATIONS_PER_CALLER: limitOr(defaultSocketLimits.operationsPerCaller),
  WS_MAX_OPERATIONS: limitOr(defaultSocketLimits.operations),
};
const timesShape = {
  REQUEST_TIMEOUT_MS: numberFrom(0, 3_600_000, 30_000),
  SHUTDOWN_DRAIN_MS: numberFrom(0, 600_000, DEFAULT_SHUTDOWN.drainMs),
  SHUTDOWN_TIMEOUT_MS: numberFrom(1_000, 3_600_000, DEFAULT_SHUTDOWN.timeoutMs),
};
const environment = z.object({
  HOST: z.preprocess(blankIsAbsent, z.string().default("127.0.0.1")),
  PORT: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(/^\d{1,5}$/, "must be a number from 0 to 65535")
      .transform(Number)
      .refine((port) => port <= 65_535, "must be a number from 0 to 65535")
      .default(4000),
  ),
  DATABASE_URL: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must start with postgres://")
      .superRefine(readableUrl)
      .optional(),
  ),
  REDIS_URL: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(/^rediss?:\/\//, "must start with redis:// or rediss://")
      .superRefine(readableUrl)
      .optional(),
  ),
  // Which schemes there are is known when the deployment module is loaded: the store is looked up when it is opened.
  ONLINE_STORE_URL: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(/^[a-z][a-z0-9+.-]*:\/\//, "must be a URL")
      .superRefine(readableUrl)
      .optional(),
  ),
  ASOF_HOME: z.preprocess(blankIsAbsent, z.string().default(".asof")),
  DATA_DIR: z.preprocess(blankIsAbsent, z.string().default("data")),
  DEPLOYMENT: optionalText,
  ASOF_PROCESSES: numberFrom(1, 256, 1),
  ASOF_ROLE: z.preprocess(blankIsAbsent, z.enum(["all", "api", "worker"]).default("all")),
  LOG_LEVEL: z.preprocess(
    blankIsAbsent,
    z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  ),
  LOG_FORMAT: z.preprocess(blankIsAbsent, z.enum(["json", "pretty"]).optional()),
  TAKE_OVER_AFTER_MS: numberFrom(200, 3_600_000, 1_500),
  PREDICTION_LOG_SAMPLE: numberFrom(0, 1, 1, false),
  PREDICTION_LOG_PER_SECOND: numberFrom(1, 1_000_000, 500),
  PREDICTION_LOG_DAYS: numberFrom(1, 3_650, 30),
  EXTERNAL_MODEL_MEMORY_MB: optionalNumberFrom(32, 1_000_000),
  EXTERNAL_MODEL_TIMEOUT_MS: optionalNumberFrom(100, 600_000),
  ...authShape,
  ...limitsShape,
  ...timesShape,
  ...corsShape,
});

/** They may hold a password, which must not reach a log. */
const SECRETS = ["DATABASE_URL", "REDIS_URL", "ONLINE_STORE_URL", "ASOF_ADMIN_TOKEN"];

export { ConfigError, readDotEnv } from "./dot-env.js";

/** Of the variables that `readConfig` reads. */
export const VARIABLES: readonly string[] = Object.keys(environment.shape);

/**
 * @throws {ConfigError} a variable has a value that cannot be used; the message names each one
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}=${SECRETS.includes(name) ? "…" : JSON.stringify(env[name])}: ${shapeProblem(issue)}`;
    });
    throw new ConfigError(`the environment cannot be used: ${problems.join("; ")} (see .env.example)`);
  }
  const { HOST, PORT, DATABASE_URL, REDIS_URL, ASOF_HOME, DATA_DIR, ASOF_ROLE, LOG_LEVEL } = parsed.data;
  return {
    host: HOST,
    port: PORT,
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL,
    onlineStoreUrl: parsed.data.ONLINE_STORE_URL,
    home: resolve(ASOF_HOME),
    dataDir: resolve(DATA_DIR),
    deployment: deploymentModule(env) ?? undefined,
    role: ASOF_ROLE,
    processes: parsed.data.ASOF_PROCESSES,
    logLevel: LOG_LEVEL,
    logFormat: parsed.data.LOG_FORMAT,
    takeOverAfterMs: parsed.data.TAKE_OVER_AFTER_MS,
    predictionLog: {
      sample: parsed.data.PREDICTION_LOG_SAMPLE,
      perSecond: parsed.data.PREDICTION_LOG_PER_SECOND,
      keepDays: parsed.data.PREDICTION_LOG_DAYS,
    },
    externalModels: readExternalModels(parsed.data),
    adminToken: parsed.data.ASOF_ADMIN_TOKEN,
    jwt: readJwt(parsed.data),
    metricsPublic: parsed.data.METRICS_PUBLIC,
    rateLimitPerSecond: parsed.data.RATE_LIMIT_PER_SECOND,
    graphqlLimits: readLimits(parsed.data),
    socketLimits: {
      socketsPerCaller: parsed.data.WS_MAX_SOCKETS_PER_CALLER,
      sockets: parsed.data.WS_MAX_SOCKETS,
      operationsPerSocket: parsed.data.WS_MAX_OPERATIONS_PER_SOCKET,
      operationsPerCaller: parsed.data.WS_MAX_OPERATIONS_PER_CALLER,
      operations: parsed.data.WS_MAX_OPERATIONS,
    },
    cors: readCors(parsed.data),
    requestTimeoutMs: parsed.data.REQUEST_TIMEOUT_MS,
    shutdown: readShutdown(parsed.data),
  };
}

/** @throws {ConfigError} any page at all could act as whoever looks at it */
function readCors({ CORS_ORIGINS: origins, CORS_CREDENTIALS: credentials }: z.infer<typeof environment>) {
  if (credentials && origins.includes("*")) {
    throw new ConfigError(
      "the environment cannot be used: CORS_ORIGINS=* and CORS_CREDENTIALS=true exclude each other; name the origins (see .env.example)",
    );
  }
  return { origins, credentials };
}

/** @throws {ConfigError} no time would be left to finish anything */
function readShutdown({ SHUTDOWN_DRAIN_MS, SHUTDOWN_TIMEOUT_MS }: z.infer<typeof environment>): Shutdown {
  if (SHUTDOWN_DRAIN_MS >= SHUTDOWN_TIMEOUT_MS) {
    throw new ConfigError(
      `the environment cannot be used: SHUTDOWN_DRAIN_MS=${SHUTDOWN_DRAIN_MS} must be less than SHUTDOWN_TIMEOUT_MS=${SHUTDOWN_TIMEOUT_MS}, which counts from the signal (see .env.example)`,
    );
  }
  return { drainMs: SHUTDOWN_DRAIN_MS, timeoutMs: SHUTDOWN_TIMEOUT_MS };
}

function readExternalModels(env: z.infer<typeof environment>): Config["externalModels"] {
  const [memoryMb, timeoutMs] = [env.EXTERNAL_MODEL_MEMORY_MB, env.EXTERNAL_MODEL_TIMEOUT_MS];
  return memoryMb === undefined && timeoutMs === undefined ? undefined : { memoryMb, timeoutMs };
}

const readLimits = (env: z.infer<typeof environment>): GraphQLLimits => ({
  depth: env.GRAPHQL_MAX_DEPTH,
  fields: env.GRAPHQL_MAX_FIELDS,
  aliases: env.GRAPHQL_MAX_ALIASES,
  directives: env.GRAPHQL_MAX_DIRECTIVES,
  rootFields: env.GRAPHQL_MAX_ROOT_FIELDS,
  documentBytes: env.GRAPHQL_MAX_DOCUMENT_BYTES,
  tokens: env.GRAPHQL_MAX_TOKENS,
  cost: env.GRAPHQL_MAX_COST,
  eventCost: env.GRAPHQL_MAX_EVENT_COST,
  introspection: env.GRAPHQL_INTROSPECTION,
});

/** @throws {ConfigError} a key set without issuer and audience would accept JWTs that were made for others */
function readJwt(env: z.infer<typeof environment>): JwtConfig | undefined {
  const { AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE, AUTH_ROLE_CLAIM } = env;
  if (!AUTH_JWKS_URL && !AUTH_ISSUER && !AUTH_AUDIENCE) return undefined;
  if (!AUTH_JWKS_URL || !AUTH_ISSUER || !AUTH_AUDIENCE) {
    throw new ConfigError(
      "the environment cannot be used: AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE go together; set all of them or none (see .env.example)",
    );
  }
  return { jwksUrl: AUTH_JWKS_URL, issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE, roleClaim: AUTH_ROLE_CLAIM };
}
