import type pg from "pg";
import type { Deployment } from "../../definitions/language/deployment.js";
import { computedSources } from "../../definitions/language/windows/sources-of.js";
import { windowProblems } from "../../serving/window-problems.js";
import { type Check, ok } from "./check.js";

const NAME = "windows";

/** Dates whose window features late events changed, and what computes them again; of a deployment without windows nothing. */
export async function checkWindowDates(client: pg.Client, definitions: Deployment): Promise<Check[]> {
  if (computedSources(definitions).length === 0) return [];
  const { rows } = await client.query("select to_regclass('public.event_drops') is not null as there");
  if (!rows[0].there) return [];
  const problems = await windowProblems(client, definitions);
  if (problems.length === 0) return [ok(NAME, "no snapshot has late events")];
  return problems.map(({ subject, message, remedy }) => ({
    ...{ name: NAME, status: "warning" as const },
    ...{ message: `${subject} is ${message}`, remedy },
  }));
}
