import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuiltInRunKind } from "../../src/jobs/run-kinds.js";
import { TESTING } from "../support/bundle.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { learnableMonth, movedMonth, STRONG } from "../support/months.js";
import type { Place, Point } from "./holds.js";

const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-31"];
const TRAINING = { asOf: JANUARY, seed: 1, params: STRONG };

/** Every kind that an engine executes, and how a run of it is begun. One that is added is missed here by the compiler. */
export const KINDS: Record<
  Exclude<BuiltInRunKind, "EXTERNAL">,
  (client: GraphQLClient) => Promise<string>
> = {
  INGEST: (client) => begin(client, "ingest(input: $input)", "IngestInput", { source: "march", asOf: MARCH }),
  MATERIALIZE: (client) => begin(client, "materialize(asOf: $input)", "Date", FEBRUARY),
  VERIFY_PARITY: async (client) => (await client.query("mutation { verifyParity { id } }")).verifyParity.id,
  TRAIN: (client) => begin(client, "train(input: $input)", "TrainInput", { ...TRAINING, seed: 2 }),
  TRAIN_AND_COMPARE: (client) =>
    begin(client, "trainAndCompare(input: $input, delta: -1)", "TrainInput", { ...TRAINING, seed: 3 }),
  TUNE: (client) =>
    begin(client, "tune(input: $input)", "TuneInput", {
      asOf: JANUARY,
      algorithm: "LOGISTIC_REGRESSION",
      trials: 2,
    }),
  REPRODUCE: async (client) => {
    const { model } = await client.query('{ model(name: "churn") { versions { version run { id } } } }');
    const first = model.versions.find(({ version }: { version: number }) => version === 1);
    return begin(client, "reproduce(runId: $input)", "ID", first.run.id);
  },
  DRIFT: (client) =>
    begin(client, "detectDrift(input: $input)", "DriftInput", { from: JANUARY, to: FEBRUARY }),
  EXPORT: (client) =>
    begin(client, "exportTrainingSet(input: $input)", "ExportTrainingSetInput", {
      asOfFrom: JANUARY,
      asOfTo: FEBRUARY,
    }),
  WITHDRAW: (client) =>
    begin(client, 'withdrawSnapshot(asOf: $input, reason: "the wrong file")', "Date", MARCH),
};

/** One point of each kind, for every run of the suite: where most is done and least of it is known. */
export const IN_SUITE: Record<keyof typeof KINDS, Place & { point: Point }> = {
  INGEST: { child: "", step: "publish", point: "log" },
  MATERIALIZE: { child: "", step: "materialize", point: "log" },
  VERIFY_PARITY: { child: "", step: "compare", point: "end" },
  TRAIN: { child: "", step: "fit", point: "progress" },
  TRAIN_AND_COMPARE: { child: "", step: "promote", point: "end" },
  TUNE: { child: "trial 1", step: "fit", point: "told" },
  REPRODUCE: { child: "", step: "fit", point: "end" },
  DRIFT: { child: "", step: "decide", point: "log" },
  EXPORT: { child: "", step: "write_parquet", point: "end" },
  WITHDRAW: { child: "", step: "withdraw", point: "log" },
};

async function begin(client: GraphQLClient, field: string, type: string, input: unknown): Promise<string> {
  const data = await client.query(`mutation($input: ${type}!) { run: ${field} { id } }`, { input });
  return data.run.id;
}

/** Two months and a version in Production: what every kind needs to begin from. */
export async function prepare(client: GraphQLClient): Promise<void> {
  for (const [source, asOf] of [
    ["january", JANUARY],
    ["february", FEBRUARY],
  ] as const) {
    const { error } = await client.ingest(source, asOf);
    if (error) throw new Error(`the ingest of ${source} failed: ${JSON.stringify(error)}`);
  }
  const { error } = await client.train(TRAINING);
  if (error) throw new Error(`the training failed: ${JSON.stringify(error)}`);
  await client.query("mutation { promote(input: { version: 1 }) { version } }");
}

export function writeMonths(dataDir: string): void {
  writeDelivery(dataDir, "january", learnableMonth());
  writeDelivery(dataDir, "february", movedMonth());
  const march = movedMonth();
  const usage = march.usage_agg_30d!;
  // Rows to be kept out: a value that is no number, and a row too short.
  usage[5] = `${usage[5]}x`;
  usage[9] = usage[9]!.slice(0, -2);
  writeDelivery(dataDir, "march", march);
}

/** The test deployment, whose usage is quarantined and whose drift is answered, before anything of them is read. */
export function strictDefinitions(dataDir: string): Record<string, string> {
  const preload = join(dataDir, "strict.mjs");
  writeFileSync(
    preload,
    `import { definitions } from "${TESTING}";
     definitions.sources.find(({ name }) => name === "usage_agg_30d").onInvalid = "quarantine";
     definitions.services[0].driftPolicy = { maxShare: 0.1, delta: -1 };`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
}
