import type { AsofClient, CliRunEvent } from "./client.js";
import type { ExitCode, Given } from "./command.js";
import { CommandError } from "./errors.js";
import { outputFormat, seconds } from "./output/format.js";

const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

interface ShownRun {
  id: string;
  kind: string;
  status: string;
  durationMs: number | null;
  error: { code: string; message: string } | null;
  modelVersion: { version: number } | null;
  result: Record<string, unknown> | null;
}

/** What is asked of a run that has ended, besides. */
interface EndedRun extends ShownRun {
  latestMetrics: { name: string; value: number | null }[];
}

export const RUN_FIELDS =
  "id kind status actor createdAt durationMs params result error { code message step } modelVersion { version }";

/** Says that the run is queued, or follows it to its end. */
export async function report(client: AsofClient, answer: unknown, given: Given): Promise<ExitCode> {
  const run = answer as ShownRun;
  if (given.flag("follow")) return followRun(client, run.id, given);
  given.print(given.flag("json") ? JSON.stringify(run) : `run ${run.id} ${run.status}`);
  return 0;
}

/**
 * Prints a run's events from its first to its last and then how it ended; with `--json` one object a line.
 * @returns 0 where it succeeded
 */
export async function followRun(client: AsofClient, id: string, given: Given): Promise<ExitCode> {
  const json = given.flag("json");
  if (!json) given.print(`run ${id}`);
  const write = liveLines(given);
  let run: EndedRun | null = null;
  for await (const event of client.events(id)) {
    if (json) given.print(JSON.stringify({ event }));
    else write(event, `  ${lineOf(event, given)}`);
    if (event.type !== "STATUS" || !ENDED.has(event.status)) continue;
    run = await findEnded(client, id);
    if (run) break;
  }
  if (!run) throw new CommandError(`the events of run ${id} ended before it did`);
  if (!json)
    for (const metric of run.latestMetrics) given.print(`  ${metric.name.padEnd(24)} ${metric.value}`);
  given.print(json ? JSON.stringify({ run }) : ending(run, given));
  return run.status === "SUCCEEDED" ? 0 : 1;
}

/** Null where it goes on: what ended was an earlier attempt. */
async function findEnded(client: AsofClient, id: string): Promise<EndedRun | null> {
  const { run } = await client.query<{ run: EndedRun }>(
    `query ($id: ID!) { run(id: $id) { ${RUN_FIELDS} latestMetrics { name value } } }`,
    { id },
  );
  return ENDED.has(run.status) ? run : null;
}

/** What happens in every run from now on. */
export async function followAll(client: AsofClient, given: Given): Promise<ExitCode> {
  // Where there is no server at all, it is said at once.
  await client.query("{ __typename }");
  const write = liveLines(given);
  for await (const event of client.events(null)) {
    if (given.flag("json")) given.print(JSON.stringify({ event }));
    else write(event, `${event.runId.slice(0, 8)} ${event.kind} ${lineOf(event, given)}`);
  }
  return 0;
}

/** On a terminal the progress of a step is one line that changes; elsewhere each event is a line of its own. */
function liveLines(given: Given): (event: CliRunEvent, line: string) => void {
  const { columns } = given.terminal;
  if (columns === undefined) return (_, line) => given.print(line);
  let progressOf: string | null = null;
  return ({ type, runId, step }, line) => {
    const now = type === "PROGRESS" ? `${runId} ${step}` : null;
    // Up to the line before and clear it.
    if (now !== null && now === progressOf) given.terminal.out("\u001b[1A\u001b[2K");
    // A line that wraps could not be taken back whole.
    given.print(now === null ? line : line.slice(0, columns));
    progressOf = now;
  };
}

function lineOf({ at, type, step, message, progress }: CliRunEvent, given: Given): string {
  const share = progress === null ? "" : `${String(Math.floor(progress * 100)).padStart(3)} % `;
  const time = outputFormat(given).time(at).slice(11);
  return `${time} ${type === "STEP" || !step ? "" : `${step}: `}${share}${message}`;
}

function ending(run: ShownRun, given: Given): string {
  const { status, durationMs, error, modelVersion, result } = run;
  const took = durationMs === null ? "" : ` in ${seconds(durationMs, outputFormat(given))}`;
  const made = modelVersion ? `, version ${modelVersion.version}` : "";
  const unchanged = result?.unchanged === true ? ": unchanged, nothing new was published" : "";
  return `${status}${took}${made}${unchanged}${error ? `: ${error.code}: ${error.message}` : ""}`;
}
