import { AsofClient } from "./client.js";
import { parse, required, SERVER_OPTIONS, SERVER_USAGE } from "./command.js";
import { RUN_FIELDS, report, type ShownRun } from "./follow.js";

export const name = "ingest";
export const describe = "validate, publish and snapshot one delivery";
export const usage = `<source> --as-of D [--allow-future] [--follow]

  <source>      a folder's name under the server's data directory: month_000
  --as-of D     the date the files describe: 2024-01-31
  --allow-future  take a date after today
  --follow      print what happens until the run has ended; exit code 1 unless it succeeded
${SERVER_USAGE}`;

const options = {
  ...SERVER_OPTIONS,
  "as-of": { type: "string" },
  "allow-future": { type: "boolean" },
  follow: { type: "boolean", short: "f" },
} as const;

export async function run(args: string[]) {
  const { values, given } = parse(args, options, ["source"]);
  const input = {
    source: given[0],
    asOf: required("--as-of", values["as-of"]),
    allowFuture: values["allow-future"] ?? false,
  };
  const client = new AsofClient(values);
  const { ingest } = await client.query<{ ingest: ShownRun }>(
    `mutation ($input: IngestInput!) { ingest(input: $input) { ${RUN_FIELDS} } }`,
    { input },
  );
  return report(client, ingest, values);
}
