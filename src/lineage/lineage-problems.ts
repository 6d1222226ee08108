import type { Problem } from "../serving/model-problems.js";
import type { LineageBacklog } from "./lineage-outbox.js";

/** That events wait for a receiver which does not take them, by whatever process they are sent. */
export function lineageProblems({ events, problem, since }: LineageBacklog): Problem[] {
  if (problem === null || since === null) return [];
  return [
    {
      subject: "lineage",
      message: `the receiver of OPENLINEAGE_URL has taken no event since ${since.toISOString()}, and ${events} wait: ${problem}`,
      remedy: "start it, or correct OPENLINEAGE_URL and OPENLINEAGE_API_KEY; what waits is sent then",
    },
  ];
}
