import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { shapeProblem } from "../values/shape-problem.js";
import { type AlertsConfig, alertVariables } from "./config/alerts.js";
import { type AuthConfig, authVariables } from "./config/auth.js";
import { type LimitsConfig, limitVariables } from "./config/limits.js";
import { type LineageConfig, lineageVariables } from "./config/lineage.js";
import { type LoggingConfig, loggingVariables } from "./config/logging.js";
import { type ModelsConfig, modelVariables } from "./config/models.js";
import { type OfflineConfig, offlineVariables } from "./config/offline.js";
import { type SignInConfig, signInVariables } from "./config/oidc.js";
import { type ServerConfig, serverVariables } from "./config/server.js";
import { type StoresConfig, storeVariables } from "./config/stores.js";
import { ConfigError } from "./dot-env.js";

export type { ProcessRole, Shutdown } from "./config/server.js";
export { ConfigError, readDotEnv } from "./dot-env.js";

/**
 * Where and how this process runs. Every variable is optional, and `.env.example` documents each; what is parsed has every
 * field.
 */
export interface Config
  extends ServerConfig,
    StoresConfig,
    OfflineConfig,
    AuthConfig,
    SignInConfig,
    LimitsConfig,
    ModelsConfig,
    LineageConfig,
    AlertsConfig,
    LoggingConfig {}

const environment = serverVariables
  .and(storeVariables)
  .and(offlineVariables)
  .and(authVariables)
  .and(signInVariables)
  .and(limitVariables)
  .and(modelVariables)
  .and(lineageVariables)
  .and(alertVariables)
  .and(loggingVariables);

/** Of the variables that `readConfig` reads. */
export const VARIABLES: readonly string[] = [
  serverVariables,
  storeVariables,
  offlineVariables,
  authVariables,
  signInVariables,
  limitVariables,
  modelVariables,
  lineageVariables,
  alertVariables,
  loggingVariables,
].flatMap((part) => Object.keys(part.in.shape));

/** They may hold a password, which must not reach a log. */
const SECRETS = [
  "DATABASE_URL",
  "DATABASE_DIRECT_URL",
  "DATABASE_READ_URL",
  "REDIS_URL",
  "ONLINE_STORE_URL",
  "ASOF_ADMIN_TOKEN",
  "OIDC_CLIENT_SECRET",
  "ASOF_EXPORT_KEY",
  "OPENLINEAGE_URL",
  "OPENLINEAGE_API_KEY",
  "SMTP_URL",
];

/**
 * @throws {ConfigError} a variable has a value that cannot be used; the message names each one
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environment.safeParse(env);
  if (parsed.success) {
    requireApart(parsed.data);
    return parsed.data;
  }
  const problems = parsed.error.issues.map((issue) => {
    // Of several variables together: the message names them.
    if (issue.path.length === 0) return issue.message;
    const name = String(issue.path[0]);
    return `${name}=${SECRETS.includes(name) ? "…" : JSON.stringify(env[name])}: ${shapeProblem(issue)}`;
  });
  throw new ConfigError(`the environment cannot be used: ${problems.join("; ")} (see .env.example)`);
}

/** Among deliveries artifacts would be looked for as one, and PostgreSQL's folder is its own. */
function requireApart({ artifactsUrl, dataDir, home }: Config): void {
  if (!artifactsUrl?.startsWith("file:")) return;
  const folder = fileURLToPath(artifactsUrl);
  for (const taken of [dataDir, join(home, "postgres")]) {
    if (`${folder}${sep}`.startsWith(`${taken}${sep}`))
      throw new ConfigError(
        `the environment cannot be used: ARTIFACTS_URL: ${folder} is in ${taken}, which holds other things; take a folder of its own (see .env.example)`,
      );
  }
}
