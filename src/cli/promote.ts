import { AsofClient } from "./client.js";
import { numberOption, parse, print, SERVER_OPTIONS, SERVER_USAGE } from "./command.js";
import { enumOption } from "./enum-option.js";

export const name = "promote";
export const describe = "move a model version to a stage, through its gates";
export const usage = `<version> [--model M] [--stage S] [--reason R] [--force]

  <version>     the version's number
  --model M     the deployment's first feature service unless given
  --stage S     production (unless given), staging, archived or none
  --reason R    kept with the transition
  --force       passes failed gates; needs --reason, and is on record
${SERVER_USAGE}`;

const options = {
  ...SERVER_OPTIONS,
  model: { type: "string" },
  stage: { type: "string" },
  reason: { type: "string" },
  force: { type: "boolean" },
} as const;

interface Promoted {
  promote: {
    model: string;
    version: number;
    stage: string;
    transitions: { gates: { name: string; passed: boolean; message: string }[] }[];
  };
}

export async function run(args: string[]) {
  const { values, given } = parse(args, options, ["version"]);
  const input = {
    version: numberOption("<version>", given[0]),
    model: values.model,
    stage: enumOption("stage", values.stage),
    reason: values.reason,
    force: values.force,
  };
  const { promote } = await new AsofClient(values).query<Promoted>(
    `mutation ($input: PromoteInput!) {
      promote(input: $input) { model version stage transitions { from to actor at reason forced gates { name passed message } } }
    }`,
    { input },
  );
  if (values.json) print(JSON.stringify(promote));
  else {
    print(`${promote.model} version ${promote.version} is ${promote.stage}`);
    for (const { passed, name, message } of promote.transitions[0]?.gates ?? [])
      print(`  ${passed ? "passed" : "FAILED"}  ${name}: ${message}`);
  }
  return 0 as const;
}
