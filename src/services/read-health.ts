import type { ModelVersion } from "../registry/model.js";
import type { Problem } from "../serving/model-problems.js";
import type { HealthReport, Services } from "./services.js";

const WORST_LAST = ["OK", "DEGRADED", "DOWN"] as const;

/** How a process and its stores are, and what is wrong. */
export interface Health {
  status: (typeof WORST_LAST)[number];
  problems: Problem[];
  version: string;
  database: HealthReport["database"];
  onlineStore: HealthReport["onlineStore"];
  uptimeSeconds: number;
}

/** What `health` and `GET /health` answer. */
export async function readHealth(services: Services): Promise<Health> {
  const { database, onlineStore, uptimeSeconds } = await services.health();
  const found = database === "DOWN" ? [] : await services.problems();
  const problems = [...awayProblems({ database, onlineStore }), ...found];
  const states = [database, onlineStore, problems.length > 0 ? "DEGRADED" : "OK"] as const;
  const rank = Math.max(...states.map((state) => WORST_LAST.indexOf(state)));
  return {
    status: WORST_LAST[rank]!,
    problems,
    version: services.version,
    database,
    onlineStore,
    uptimeSeconds,
  };
}

function awayProblems({ database, onlineStore }: Pick<Health, "database" | "onlineStore">) {
  const problems: Problem[] = [];
  if (database !== "OK")
    problems.push({
      subject: "database",
      message: "PostgreSQL cannot be reached: no request can be served",
      remedy: "start it, or fix the connection to it; asof reconnects by itself",
    });
  if (onlineStore !== "OK")
    problems.push({
      subject: "online store",
      message: `it is ${onlineStore}: ${onlineStore === "DEGRADED" ? "PostgreSQL answers in its place" : "features of now cannot be read"}`,
      remedy: "start it; it is filled again by itself, or by materialize",
    });
  return problems;
}

/** The version serving the first feature service, or null. */
export function productionModel({ predictor, definitions }: Services): ModelVersion | null {
  const service = definitions.services[0];
  return service ? predictor.production(service.name) : null;
}
