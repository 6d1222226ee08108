import type { Pool, Queryable } from "../db/pool.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { staleViews } from "../features/freshness-watch.js";
import type { OnlineStore } from "../features/online/online-store.js";
import type { ViewFreshness } from "../features/types.js";
import { outsideRequests } from "../observability/request-scope.js";
import { artifactsWaitSince, waitingArtifacts } from "../registry/files/verify-objects.js";
import type { HealthReport } from "../services/services.js";
import type { Problem } from "../serving/model-problems.js";

const HEALTH_TIMEOUT_MS = 2_000;
const LATE_MS = 50;

export interface ProblemSources {
  disk(): Promise<Problem[]>;
  views: readonly FeatureView[];
  freshness(): Promise<Map<string, ViewFreshness>>;
  models(): Promise<Problem[]>;
  /** Dates whose windows late events changed. */
  windows(): Promise<Problem[]>;
  /** That its budget is almost used up. */
  predictionLog(): Problem[];
  /** That reads are not answered from the standby. */
  replica(): Problem[];
  /** That artifacts wait for their store. */
  artifacts(): Promise<Problem[]>;
  /** That events of lineage wait for their receiver. */
  lineage(): Promise<Problem[]>;
}

/** Problems other than an unreachable store: a disk almost full, models that cannot answer, views and dates that are stale. */
export async function findProblems({
  disk,
  views,
  freshness,
  models,
  windows,
  predictionLog,
  replica,
  lineage,
  artifacts,
}: ProblemSources): Promise<Problem[]> {
  // One that fails or does not finish in time hides no other; it shows in the state of the database.
  const asked = [
    models(),
    freshness().then((known) => staleProblems(views, known)),
    windows(),
    lineage(),
    artifacts(),
  ].map((found) =>
    orElse(
      found.catch(() => []),
      [],
    ),
  );
  return [...(await disk()), ...predictionLog(), ...replica(), ...(await Promise.all(asked)).flat()];
}

export const replicaProblems = (replica: { problem: string | null } | undefined): Problem[] =>
  replica?.problem
    ? [
        {
          subject: "read replica",
          message: `the server of DATABASE_READ_URL is not used: ${replica.problem}`,
          remedy: "reads are answered by the primary until it has caught up; see docs/operations.md",
        },
      ]
    : [];

const LONG_MS = 10 * 60_000;

/**
 * @param url of the store; null: nothing is to be moved
 * @param started this process: what was there before releases said when waits at least since then
 */
export async function artifactProblems(
  db: Queryable,
  url: string | null,
  started = new Date(Date.now() - process.uptime() * 1_000),
): Promise<Problem[]> {
  if (url === null) return [];
  const since = await artifactsWaitSince(db, started);
  if (since === null || Date.now() - since.getTime() < LONG_MS) return [];
  const { files, bytes } = await waitingArtifacts(db);
  return [
    {
      subject: "artifact store",
      message: `${files} files of ${(bytes / 2 ** 20).toFixed(0)} MiB wait in PostgreSQL for ${url}, since ${since.toISOString()}`,
      remedy: "the log of the workers says what keeps them; asof doctor tries the store",
    },
  ];
}

function staleProblems(views: readonly FeatureView[], known: ReadonlyMap<string, ViewFreshness>): Problem[] {
  return staleViews(views, known, new Date()).map(({ view, message, remedy }) => ({
    subject: `view ${view}`,
    message,
    remedy,
  }));
}

type States = Pick<HealthReport, "database" | "onlineStore">;

/**
 * A part that does not answer in time is down. Those who ask at once share one look: they are answered however many there
 * are.
 * @param pool its connections are for this alone
 * @param disk what is wrong with the database's disk: it answers, and may not for long
 */
export function healthCheck(
  pool: Pool,
  online: OnlineStore,
  disk: () => Promise<unknown[]> = async () => [],
): () => Promise<HealthReport> {
  let underWay: Promise<States> | null = null;
  return async () => {
    underWay ??= outsideRequests(() => look(pool, online, disk)).finally(() => {
      underWay = null;
    });
    return { ...(await underWay), uptimeSeconds: process.uptime() };
  };
}

async function look(pool: Pool, online: OnlineStore, disk: () => Promise<unknown[]>): Promise<States> {
  const asked = pool.query("select 1").then(
    async () => ((await disk()).length > 0 ? ("DEGRADED" as const) : ("OK" as const)),
    () => "DOWN" as const,
  );
  const [database, onlineStore] = await Promise.all([orDown(asked), orDown(online.state())]);
  return { database, onlineStore };
}

const orDown = <T extends string>(state: Promise<T>) => orElse<T | "DOWN">(state, "DOWN");

/** What is not known in time is taken for `otherwise`. */
async function orElse<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<T>((resolve) => {
    // An answer that came while this process was busy is still to be read: it counts.
    timer = setTimeout(() => setTimeout(() => resolve(otherwise), LATE_MS), HEALTH_TIMEOUT_MS);
  });
  return Promise.race([asked, timeout]).finally(() => clearTimeout(timer));
}
