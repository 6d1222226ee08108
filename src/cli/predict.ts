import { AsofClient } from "./client.js";
import { numberOption, parse, print, SERVER_OPTIONS, SERVER_USAGE } from "./command.js";

export const name = "predict";
export const describe = "score one entity: a user, or whatever the deployment is about";
export const usage = `<key> [--model M] [--version N | --alias A] [--as-of D]

  <key>         as in the entity's key column
  --model M     the deployment's first feature service unless given
  --version N   the version that scores; the one in Production unless given
  --alias A     in the place of --version
  --as-of D     with the features known on that date, by the version that was in Production then:
                before the first promotion there was none, so name one with --version
${SERVER_USAGE}`;

const options = {
  ...SERVER_OPTIONS,
  model: { type: "string" },
  version: { type: "string" },
  alias: { type: "string" },
  "as-of": { type: "string" },
} as const;

/** Under what name the key is asked for; it follows from the deployment. */
const KEY = "{ deployment { entities { keys { field } } } }";

interface Keyed {
  deployment: { entities: { keys: { field: string }[] }[] };
}

interface Answer {
  predict: {
    prediction: number;
    probability: number;
    threshold: number;
    modelVersion: { model: string; version: number };
    features: { json: unknown };
  } & Record<string, unknown>;
}

export async function run(args: string[]) {
  const { values, given } = parse(args, options, ["key"]);
  const version = numberOption("--version", values.version);
  const client = new AsofClient(values);
  const { deployment } = await client.query<Keyed>(KEY);
  const { field } = deployment.entities[0]!.keys[0]!;
  // A model that is not named is left out: which one is meant is the server's to know.
  const [declared, argument] = values.model ? ["$model: String!, ", "model: $model, "] : ["", ""];
  const { predict } = await client.query<Answer>(
    `query ($key: ID!, ${declared}$version: Int, $asOf: Date, $alias: String) {
      predict(${field}: $key, ${argument}version: $version, asOf: $asOf, alias: $alias) {
        ${field} prediction probability threshold modelVersion { model version } features { json }
      }
    }`,
    {
      key: given[0],
      model: values.model,
      version,
      asOf: values["as-of"],
      alias: values.alias,
    },
  );
  const { prediction, probability, threshold, modelVersion, features } = predict;
  if (values.json) print(JSON.stringify(predict));
  else {
    const { model, version } = modelVersion;
    print(
      `${predict[field]}: ${prediction} (probability ${probability}, threshold ${threshold}, ${model} ${version})`,
    );
    print(`  ${JSON.stringify(features.json)}`);
  }
  return 0 as const;
}
