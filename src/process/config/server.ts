import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";
import { type FacadeName, facades } from "../../interop/registry.js";
import { deploymentModule } from "../../threads/deployment-module.js";
import { numberFrom, textVariable, variable } from "./variable.js";

/** `api` answers requests, `worker` executes runs, `all` does both. */
export type ProcessRole = "all" | "api" | "worker";

/** What a process is, where it listens and how it stops. */
export interface ServerConfig {
  host: string;
  port: number;
  /** What a reverse proxy serves asof under, such as `/asof`; empty: the root. */
  basePath: string;
  /** Proxies that are believed where a request comes from, by address or range; none: it comes from who connects. */
  trustProxy: readonly string[];
  /** Absolute path of what asof keeps on disk. */
  home: string;
  /** Absolute path of the folder whose sub-folders are ingested. */
  dataDir: string;
  /** The URL of the module that says what is served; null: the shipped definitions. */
  deployment: string | null;
  role: ProcessRole;
  /** The protocols of other clients that are spoken, by name. */
  interop: readonly FacadeName[];
  /** How many processes serve on the port. */
  processes: number;
  /** A request that takes longer is answered REQUEST_TIMEOUT and its SQL is cancelled; 0: never. */
  requestTimeoutMs: number;
  shutdown: Shutdown;
}

export interface Shutdown {
  /** How long `/ready` has said no, after SIGTERM, before the port is closed. */
  drainMs: number;
  /** From the signal on; after it the process ends with whatever it has left. */
  timeoutMs: number;
}

const FACADES = facades.map(({ name }) => name);
const PORT = "must be a number from 0 to 65535";

/** As Fastify reads them; the names are its own. */
function isAddressOrRange(text: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) return true;
  const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  // A range of everybody would let everybody say where they come from.
  return (
    version > 0 && (bits === undefined || (Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}

export const serverVariables = z
  .object({
    HOST: textVariable("127.0.0.1"),
    PORT: variable(
      z
        .string()
        .regex(/^\d{1,5}$/, PORT)
        .transform(Number)
        .refine((port) => port <= 65_535, PORT),
      4000,
    ),
    BASE_PATH: variable(
      z
        .string()
        .regex(
          /^(\/[\w.~-]+)+$/,
          "must begin with / and not end with it, such as /asof (letters, digits, _ . ~ -)",
        ),
      "",
    ),
    TRUST_PROXY: variable(
      z
        .string()
        .transform((text) => text.split(",").map((part) => part.trim()))
        .refine(
          (parts) => parts.every(isAddressOrRange),
          "must be addresses or ranges of proxies, such as 10.0.0.7,10.1.0.0/16, or loopback, linklocal, uniquelocal",
        ),
      [],
    ),
    ASOF_HOME: textVariable(".asof"),
    DATA_DIR: textVariable("data"),
    ASOF_DEFINITIONS: textVariable(null),
    ASOF_ROLE: variable(z.enum(["all", "api", "worker"]), "all"),
    INTEROP: variable(
      z
        .string()
        .transform((text) => text.split(",").map((name) => name.trim()))
        .pipe(z.array(z.enum(["none", ...FACADES], `must be none, or some of ${FACADES.join(",")}`)))
        .transform((names) => FACADES.filter((name) => names.includes(name))),
      FACADES,
    ),
    ASOF_PROCESSES: numberFrom(1, 256, 1),
    REQUEST_TIMEOUT_MS: numberFrom(0, 3_600_000, 30_000),
    SHUTDOWN_DRAIN_MS: numberFrom(0, 600_000, 3_000),
    SHUTDOWN_TIMEOUT_MS: numberFrom(1_000, 3_600_000, 25_000),
  })
  .superRefine(({ SHUTDOWN_DRAIN_MS, SHUTDOWN_TIMEOUT_MS }, { addIssue }) => {
    // No time would be left to finish anything.
    if (SHUTDOWN_DRAIN_MS >= SHUTDOWN_TIMEOUT_MS)
      addIssue(
        `SHUTDOWN_DRAIN_MS=${SHUTDOWN_DRAIN_MS} must be less than SHUTDOWN_TIMEOUT_MS=${SHUTDOWN_TIMEOUT_MS}, which counts from the signal`,
      );
  })
  .transform(
    (env): ServerConfig => ({
      host: env.HOST,
      port: env.PORT,
      basePath: env.BASE_PATH,
      trustProxy: env.TRUST_PROXY,
      home: resolve(env.ASOF_HOME),
      dataDir: resolve(env.DATA_DIR),
      deployment: env.ASOF_DEFINITIONS && deploymentModule({ ASOF_DEFINITIONS: env.ASOF_DEFINITIONS }),
      role: env.ASOF_ROLE,
      interop: env.INTEROP,
      processes: env.ASOF_PROCESSES,
      requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
      shutdown: { drainMs: env.SHUTDOWN_DRAIN_MS, timeoutMs: env.SHUTDOWN_TIMEOUT_MS },
    }),
  );
