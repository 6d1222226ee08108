import { AsofClient } from "./client.js";
import { numberOption, parse, print, SERVER_OPTIONS, SERVER_USAGE } from "./command.js";

export const name = "predict";
export const describe = "score one user";
export const usage = `<userId> [--model M] [--version N | --alias A] [--as-of D]

  --model M     churn
  --version N   the version that scores; the one in Production unless given
  --alias A     in the place of --version
  --as-of D     with the features known on that date
${SERVER_USAGE}`;

const options = {
  ...SERVER_OPTIONS,
  model: { type: "string" },
  version: { type: "string" },
  alias: { type: "string" },
  "as-of": { type: "string" },
} as const;

interface Answer {
  predict: {
    userId: string;
    prediction: number;
    probability: number;
    threshold: number;
    modelVersion: { model: string; version: number };
    features: { json: unknown };
  };
}

export async function run(args: string[]) {
  const { values, given } = parse(args, options, ["userId"]);
  const { predict } = await new AsofClient(values).query<Answer>(
    `query ($userId: ID!, $model: String! = "churn", $version: Int, $asOf: Date, $alias: String) {
      predict(userId: $userId, model: $model, version: $version, asOf: $asOf, alias: $alias) {
        userId prediction probability threshold modelVersion { model version } features { json }
      }
    }`,
    {
      userId: given[0],
      model: values.model,
      version: numberOption("--version", values.version),
      asOf: values["as-of"],
      alias: values.alias,
    },
  );
  const { userId, prediction, probability, threshold, modelVersion, features } = predict;
  if (values.json) print(JSON.stringify(predict));
  else {
    const { model, version } = modelVersion;
    print(
      `${userId}: ${prediction} (probability ${probability}, threshold ${threshold}, ${model} ${version})`,
    );
    print(`  ${JSON.stringify(features.json)}`);
  }
  return 0 as const;
}
