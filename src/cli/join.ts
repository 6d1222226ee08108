import { createWriteStream, openAsBlob } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { clientOf } from "./api/api-command.js";
import type { ExitCode, Given } from "./command.js";
import { CommandError, UsageError } from "./errors.js";
import { followRun } from "./follow.js";

/** Of a file's name the media type that it is sent as. */
const TYPES: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".jsonl": "application/jsonl",
  ".parquet": "application/vnd.apache.parquet",
  ".arrow": "application/vnd.apache.arrow.stream",
};
const OPTIONS = ["service", "entity", "features", "as-of-column", "as-of", "known-at", "engine"];

/** Nothing is at `out` before all of it is. */
export async function join(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const [file, out] = [given.text("file")!, given.text("out")!];
  const type = TYPES[/\.[a-z]+$/.exec(file)?.[0] ?? ""];
  if (!type)
    throw new UsageError(
      `<file> ${JSON.stringify(file)}: a name that ends in ${Object.keys(TYPES).join(", ")} is expected`,
    );
  const body = await openAsBlob(file, { type }).catch((error: Error) => {
    throw new UsageError(`<file>: ${error.message}`);
  });
  const query = new URLSearchParams({ format: out.endsWith(".arrow") ? "arrow" : "parquet" });
  for (const name of OPTIONS) {
    const value = given.text(name);
    if (value !== undefined) query.set(name.replaceAll("-", "_"), value);
  }
  if (given.flag("statuses")) query.set("statuses", "true");
  const client = clientOf(given, env);
  const answer = await client.request(`/historical-features?${query}`, { method: "POST", body, type });
  if (answer.status === 202) {
    const { run, file: name } = (await answer.json()) as { run: string; file: string };
    const code = await followRun(client, run, given);
    if (code !== 0) return code;
    const found = await client.query<{ run: { artifacts: { name: string; url: string }[] } }>(
      "query ($id: ID!) { run(id: $id) { artifacts { name url } } }",
      { id: run },
    );
    const { url } = found.run.artifacts.find((artifact) => artifact.name === name)!;
    await keepAnswer(await client.request(url, {}), out);
  } else await keepAnswer(answer, out);
  given.print(out);
  return 0;
}

/** Nothing is at the path before all of it is. */
export async function keepAnswer(answer: Response, out: string): Promise<void> {
  const part = `${out}.part`;
  try {
    await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(part));
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    throw new CommandError(`${out} was not written: ${(error as Error).message}`);
  }
}
