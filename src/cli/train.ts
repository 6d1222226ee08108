import { AsofClient } from "./client.js";
import { numberOption, parse, required, SERVER_OPTIONS, SERVER_USAGE, UsageError } from "./command.js";
import { enumOption } from "./enum-option.js";
import { RUN_FIELDS, report, type ShownRun } from "./follow.js";

export const name = "train";
export const describe = "train a model version on a snapshot";
export const usage = `--as-of D [--label-as-of D] [--model M] [--algorithm A] [--seed N] [--test-fraction F] [--params JSON] [--leave-out-undeclared] [--follow]

  --as-of D           the snapshot the features come from: 2024-01-31
  --label-as-of D     the snapshot the labels come from; --as-of unless given
  --model M           the deployment's first feature service unless given
  --algorithm A       gradient-boosting, random-forest or logistic-regression
  --seed N            42
  --test-fraction F   share of the users held out to measure on: 0.25
  --params JSON       the algorithm's own parameters: '{"trees": 200}'
  --leave-out-undeclared
                      train without the features that the snapshot was made without
  --follow            print what happens until the run has ended; exit code 1 unless it succeeded
${SERVER_USAGE}`;

const options = {
  ...SERVER_OPTIONS,
  "as-of": { type: "string" },
  "label-as-of": { type: "string" },
  model: { type: "string" },
  algorithm: { type: "string" },
  seed: { type: "string" },
  "test-fraction": { type: "string" },
  params: { type: "string" },
  "leave-out-undeclared": { type: "boolean" },
  follow: { type: "boolean", short: "f" },
} as const;

export async function run(args: string[]) {
  const { values } = parse(args, options);
  const input = {
    asOf: required("--as-of", values["as-of"]),
    labelAsOf: values["label-as-of"],
    model: values.model,
    algorithm: enumOption("algorithm", values.algorithm),
    seed: numberOption("--seed", values.seed),
    testFraction: numberOption("--test-fraction", values["test-fraction"], false),
    params: readParams(values.params),
    undeclared: values["leave-out-undeclared"] ? "LEAVE_OUT" : undefined,
  };
  const client = new AsofClient(values);
  const { train } = await client.query<{ train: ShownRun }>(
    `mutation ($input: TrainInput!) { train(input: $input) { ${RUN_FIELDS} } }`,
    { input },
  );
  return report(client, train, values);
}

function readParams(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--params ${JSON.stringify(text)} is no JSON: ${(error as Error).message}`);
  }
}
