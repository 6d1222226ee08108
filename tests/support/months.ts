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

/** Fees doubled, everyone on Fiber optic or without a service; the rest as it was. */
export function movedMonth(): Files {
  const files = learnableMonth();
  const [header, ...rows] = files.subscriptions!;
  const moved = rows.map((row, i) => {
    const cells = row.split(",");
    cells[6] = String(Number(cells[6]) * 2);
    cells[8] = i % 3 === 0 ? "" : "Fiber optic";
    return cells.join(",");
  });
  return { ...files, subscriptions: [header!, ...moved] };
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

export const JANUARY = "2024-01-31";
/** Versions in the order `trainFour` trains them. */
export const [GOOD, OTHER, WORSE, NOISE] = [1, 2, 3, 4] as const;

/** Before January: versions are compared on the newest month, which says something. */
export const NOISY = "2023-12-31";

/** Two good models, one that is worse on the same rows, and one of a month without a pattern. */
export async function trainFour(app: TestApp): Promise<void> {
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, NOISY, noisyMonth());
  await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await trained(app, { asOf: JANUARY, seed: 2, params: STRONG });
  await trained(app, { asOf: JANUARY, seed: 3, params: WEAK });
  await trained(app, { asOf: NOISY, seed: 4, params: WEAK });
}

/** Stages by version, and the history, newest first. */
export async function registryState(app: TestApp) {
  const { model } = await app.client.query(`{ model(name: "churn") {
    production { version } staging { version } versions { version stage }
    transitions { version from to actor reason forced gates { name passed } } } }`);
  return {
    production: model.production?.version ?? null,
    staging: model.staging?.version ?? null,
    stages: Object.fromEntries(model.versions.map((each: any) => [each.version, each.stage])),
    transitions: model.transitions as any[],
  };
}

export async function versionServed(app: TestApp): Promise<{ version: number; stage: string }> {
  const { predict } = await app.client.query(
    `{ predict(userId: "${USERS[0]}") { modelVersion { version stage } } }`,
  );
  return predict.modelVersion;
}
