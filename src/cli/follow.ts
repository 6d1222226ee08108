import type { AsofClient, RunEvent } from "./client.js";
import { type ExitCode, print } from "./command.js";

export const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

export interface ShownRun {
  id: string;
  kind: string;
  status: string;
  actor: string;
  createdAt: string;
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
export async function report(
  client: AsofClient,
  run: ShownRun,
  { follow, json }: { follow?: boolean | undefined; json?: boolean | undefined },
): Promise<ExitCode> {
  if (follow) return followRun(client, run.id, json);
  print(json ? JSON.stringify(run) : `run ${run.id} ${run.status}`);
  return 0;
}

/**
 * Prints a run's events from its first to its last and then how it ended; with `json` one object a line.
 * @returns 0 where it succeeded
 */
export async function followRun(client: AsofClient, id: string, json = false): Promise<ExitCode> {
  if (!json) print(`run ${id}`);
  for await (const event of client.events(id)) {
    if (json) print(JSON.stringify({ event }));
    else print(`  ${line(event)}`);
    if (event.type === "STATUS" && ENDED.has(event.status)) break;
  }
  const { run } = await client.query<{ run: EndedRun }>(
    `query ($id: ID!) { run(id: $id) { ${RUN_FIELDS} latestMetrics { name value } } }`,
    { id },
  );
  if (!json) for (const metric of run.latestMetrics) print(`  ${metric.name.padEnd(24)} ${metric.value}`);
  print(json ? JSON.stringify({ run }) : ending(run));
  return run.status === "SUCCEEDED" ? 0 : 1;
}

export function line({ at, type, step, message, progress }: RunEvent): string {
  const share = progress === null ? "" : `${String(Math.floor(progress * 100)).padStart(3)} % `;
  return `${at.slice(11, 19)}Z ${type === "STEP" || !step ? "" : `${step}: `}${share}${message}`;
}

function ending({ status, durationMs, error, modelVersion, result }: ShownRun): string {
  const seconds = durationMs === null ? "" : ` in ${(durationMs / 1000).toFixed(2)} s`;
  const made = modelVersion ? `, version ${modelVersion.version}` : "";
  const unchanged = result?.unchanged === true ? ": unchanged, nothing new was published" : "";
  return `${status}${seconds}${made}${unchanged}${error ? `: ${error.code}: ${error.message}` : ""}`;
}
