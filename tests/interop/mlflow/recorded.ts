import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** What MLflow's own client and server said to each other. */
const RECORDED = resolve("../shared/interop/mlflow3_samples.json");
const TRACKING = /\/mlflow\/(experiments|runs\/(?!outputs)|metrics|server-info)/;
/** What MLflow's server says besides, which its clients do not read. */
const NOT_READ = new Set(["workspace", "sqlstate", "error_class", "features_enabled"]);

export interface Sample {
  label: string;
  method: string;
  path: string;
  query: unknown[];
  /** A file's bytes are a text. */
  request: Record<string, any> | string | null;
  status: number;
  response: unknown;
}
export interface Endpoint {
  endpoint: string;
  samples: Sample[];
}

/** Every endpoint is of one part: none is left out. None at all where the recording is not there. */
export function recordedEndpoints(part: "tracking" | "models"): Endpoint[] {
  if (!existsSync(RECORDED)) return [];
  const all = JSON.parse(readFileSync(RECORDED, "utf8")) as Endpoint[];
  return all.filter(({ endpoint }) => TRACKING.test(endpoint) === (part === "tracking"));
}

export const queryOf = ({ query }: Sample): Record<string, string> =>
  Object.fromEntries(query.filter((pair): pair is [string, string] => Array.isArray(pair)));

/** What the answer lacks of the recorded one: keys, and values of another type. */
export function lacking(recorded: any, answer: any, at = ""): string[] {
  if (typeof recorded === "string" && recorded.startsWith("…")) return [];
  if (Array.isArray(recorded)) {
    if (!Array.isArray(answer)) return [`${at}: no list`];
    const entry = recorded.find((each) => typeof each === "object") ?? recorded[0];
    if (entry === undefined) return [];
    return answer.length === 0 ? [`${at}: empty`] : lacking(entry, answer[0], `${at}[]`);
  }
  if (typeof recorded !== "object" || recorded === null)
    return typeof recorded === typeof answer ? [] : [`${at}: ${typeof recorded}, got ${typeof answer}`];
  if (typeof answer !== "object" || answer === null) return [`${at}: no object`];
  return Object.entries(recorded).flatMap(([key, value]) =>
    NOT_READ.has(key)
      ? []
      : key in answer
        ? lacking(value, answer[key], `${at}.${key}`)
        : [`${at}.${key} is missing`],
  );
}
