import type { TestApp } from "../support/app.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";

export const USERS = userIds(240);

/** Enough rows a leaf for the little table that these months are. */
export const STRONG = { trees: 40, min_leaf_rows: 5 };
/** One split: it finds the first half of the rule only. */
export const WEAK = { trees: 1, leaves: 2, min_leaf_rows: 5 };

/** Who leaves follows from two features: an empty plan_stream_tv (every third user), or 3 skips (every seventh). */
export function learnableMonth(): Files {
  return withLabels((i) => i % 3 === 0 || i % 7 === 3);
}

/** Who leaves follows from nothing: no model of it passes `min_auc`. */
export function noisyMonth(): Files {
  return withLabels((i) => ((i * 2_654_435_761) >>> 7) % 2 === 0);
}

function withLabels(leaves: (i: number) => boolean): Files {
  const labels = USERS.map((user, i) => `${user},${leaves(i) ? "True" : "False"}`);
  return { ...smallDelivery(USERS), labels: ["user_id,churn_label", ...labels] };
}

export async function ingestMonth(app: TestApp, asOf: string, files: Files, source = asOf): Promise<void> {
  writeDelivery(app.dataDir, source, files);
  const { error } = await app.client.ingest(source, asOf);
  if (error) throw new Error(`the ingest of ${source} failed: ${JSON.stringify(error)}`);
}

/** Trains and insists that it worked. */
export async function trained(app: TestApp, input: Record<string, unknown>): Promise<FinishedRun> {
  const run = await app.client.train(input);
  if (run.error || !run.modelVersion) throw new Error(`the training failed: ${JSON.stringify(run.error)}`);
  return run;
}

export const PROMOTE = "mutation($input: PromoteInput!) { promote(input: $input) { version stage } }";

export async function promote(app: TestApp, version: number, more: Record<string, unknown> = {}) {
  return (await app.client.query(PROMOTE, { input: { version, ...more } })).promote;
}

export const metricOf = (run: FinishedRun, name: string): number | undefined =>
  run.metrics.find((metric) => metric.name === name)?.value;
