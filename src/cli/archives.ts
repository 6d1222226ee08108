import { openAsBlob } from "node:fs";
import { clientOf } from "./api/api-command.js";
import type { ExitCode, Given } from "./command.js";
import { UsageError } from "./errors.js";
import { keepAnswer } from "./join.js";

const TYPE = "application/x-tar";

export async function exportModel(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const [model, version, out] = [given.text("model")!, given.number("version")!, given.text("out")!];
  const path = `/models/${encodeURIComponent(model)}/versions/${version}/export`;
  const answer = await clientOf(given, env).request(path, {});
  await keepAnswer(answer, out);
  const archive = answer.headers.get("etag")?.replaceAll('"', "") ?? null;
  given.print(given.flag("json") ? JSON.stringify({ model, version, file: out, archive }) : out);
  return 0;
}

interface Imported {
  model: string;
  version: number;
  is_new: boolean;
  status: string;
  run: string | null;
}

export async function importModel(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const body = await openAsBlob(given.text("file")!, { type: TYPE }).catch((error: Error) => {
    throw new UsageError(`<file>: ${error.message}`);
  });
  const asOf = given.text("as-of");
  const query = asOf === undefined ? "" : `?${new URLSearchParams({ as_of: asOf })}`;
  const answer = await clientOf(given, env).request(`/models/import${query}`, {
    ...{ method: "POST", body, type: TYPE },
  });
  const imported = (await answer.json()) as Imported;
  given.print(given.flag("json") ? JSON.stringify(imported) : inWords(imported));
  return 0;
}

function inWords({ model, version, is_new, status, run }: Imported): string {
  if (!is_new) return `it is version ${version} of ${model} already`;
  const judged = status === "PENDING" ? `run ${run} is judging it still` : "it was judged here";
  return `it is version ${version} of ${model} now; ${judged}`;
}
