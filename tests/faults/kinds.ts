import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuiltInRunKind } from "../../src/jobs/run-kinds.js";
import { TESTING } from "../support/build.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { learnableMonth, movedMonth, STRONG, USERS } from "../support/months.js";
import { perFeatureModel } from "../support/onnx.js";
import type { Place, Point } from "./holds.js";

const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-31"];
/** Whatever the model gives is as good as this. */
const EXPECTING = {
  expected: [USERS[1], USERS[2]].map((userId) => ({ userId, probability: 0.5 })),
  expectedTolerance: 1,
};
const TRAINING = { asOf: JANUARY, seed: 1, params: STRONG };

/** Every kind that an engine executes, and how a run of it is begun. One that is added is missed here by the compiler. */
export const KINDS: Record<
  // Of a deployment with windows, which this one has none of: killed-windows.test.ts beside this one.
  Exclude<BuiltInRunKind, "EXTERNAL" | "RESNAPSHOT" | "BACKFILL">,
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
      ...{ asOfFrom: JANUARY, asOfTo: FEBRUARY },
      ...{ formats: ["CSV", "PARQUET", "PARTS"], partRows: 100, heldOut: {}, encoding: "ORDINAL" },
    }),
  ERASE: (client) => begin(client, 'eraseUser(userId: $input, reason: "they asked for it")', "ID", USERS[3]!),
  REGISTER: async (client) => {
    const { createRun } = await client.query("mutation { createRun(input: {}) { id } }");
    const onnx = Buffer.from(perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5)).toString("base64");
    const { registerModel } = await client.query(
      "mutation($input: RegisterModelInput!) { registerModel(input: $input) { judgedBy { id } } }",
      { input: { runId: createRun.id, onnx, asOf: JANUARY, waitSeconds: 0, ...EXPECTING } },
    );
    return registerModel.judgedBy.id;
  },
  JOIN: async (client) => {
    const { createRun } = await client.query("mutation { createRun(input: {}) { id } }");
    const file = ["user_id,as_of", ...USERS.flatMap((user) => [`${user},${JANUARY}`, `${user},${FEBRUARY}`])];
    await client.query("mutation($input: LogArtifactInput!) { logArtifact(input: $input) { sha256 } }", {
      input: {
        runId: createRun.id,
        name: "asked.csv",
        base64: Buffer.from(`${file.join("\n")}\n`).toString("base64"),
      },
    });
    await client.query("mutation($id: ID!) { finishRun(id: $id) { id } }", { id: createRun.id });
    const input = { runId: createRun.id, artifact: "asked.csv", service: "churn" };
    return begin(client, "joinFeatures(input: $input)", "JoinFeaturesInput", input);
  },
  TRAIN_EXTERNALLY: (client) =>
    begin(client, "trainExternally(input: $input)", "TrainExternallyInput", {
      ...{ command: "tiny", asOf: JANUARY, features: ["plan_stream_tv", "skips_7d"], delta: -1 },
    }),
  WITHDRAW: async (client) => {
    // Where it is tried once more, it has been withdrawn.
    const { snapshot } = await client.query(`{ snapshot(asOf: "${MARCH}") { revision } }`);
    if (!snapshot) await client.ingest("march", MARCH);
    return begin(client, 'withdrawSnapshot(asOf: $input, reason: "the wrong file")', "Date", MARCH);
  },
};

/** For every run of the suite: where most is done and least of it is known, of what cannot be undone in more than one step. */
export const IN_SUITE: Record<keyof typeof KINDS, readonly (Place & { point: Point })[]> = {
  INGEST: [{ child: "", step: "publish", point: "log" }],
  MATERIALIZE: [{ child: "", step: "materialize", point: "log" }],
  VERIFY_PARITY: [{ child: "", step: "compare", point: "end" }],
  TRAIN: [{ child: "", step: "fit", point: "progress" }],
  TRAIN_AND_COMPARE: [{ child: "", step: "promote", point: "end" }],
  TUNE: [{ child: "trial 1", step: "fit", point: "told" }],
  REPRODUCE: [{ child: "", step: "fit", point: "end" }],
  DRIFT: [{ child: "", step: "decide", point: "log" }],
  EXPORT: [{ child: "", step: "write_parquet", point: "end" }],
  ERASE: [
    { child: "", step: "record", point: "end" },
    { child: "", step: "current", point: "told" },
    { child: "", step: "snapshots", point: "progress" },
    { child: "", step: "derived", point: "end" },
    { child: "", step: "report", point: "log" },
  ],
  REGISTER: [{ child: "", step: "register", point: "end" }],
  JOIN: [{ child: "", step: "join", point: "end" }],
  TRAIN_EXTERNALLY: [
    { child: "", step: "train", point: "log" },
    { child: "", step: "promote", point: "end" },
  ],
  WITHDRAW: [{ child: "", step: "withdraw", point: "log" }],
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

/**
 * The test deployment with a training command, whose usage is quarantined and whose drift is answered, before anything of
 * them is read.
 */
export function strictDefinitions(dataDir: string): Record<string, string> {
  const preload = join(dataDir, "strict.mjs");
  writeFileSync(
    preload,
    `import { definitions } from "${TESTING}";
     definitions.sources.find(({ name }) => name === "usage_agg_30d").onInvalid = "quarantine";
     definitions.services[0].driftPolicy = { maxShare: 0.1, delta: -1 };`,
  );
  const model = join(dataDir, "tiny.onnx");
  writeFileSync(model, perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5));
  const tiny = {
    ...{ name: "tiny", description: "A test's.", timeLimitSeconds: 300 },
    command: [process.execPath, resolve("tests/jobs/train-externally/tiny-trainer.mjs"), model],
  };
  const module = join(dataDir, "deployment.mjs");
  writeFileSync(
    module,
    `import { definitions } from "${TESTING}";
     // As createAsof marks it.
     export default { definitions, trainingCommands: [${JSON.stringify(tiny)}], [Symbol.for("asof.deployment")]: true };`,
  );
  const NODE_OPTIONS = `--import=${pathToFileURL(preload).href}`;
  return { NODE_OPTIONS, ASOF_DEFINITIONS: module, TRAINING_DIR: join(dataDir, "training") };
}
