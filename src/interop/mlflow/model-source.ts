import { ModelNotFoundError, RunNotFoundError } from "../../errors/errors.js";
import type { FileOwner, OwnedFile } from "../../registry/files/file-owner.js";
import { filePath } from "../../registry/files/file-path.js";
import type { Services } from "../../services/services.js";
import { placeOf } from "./artifact-place.js";
import { modelUuid } from "./logged-model.codec.js";
import { invalid } from "./mlflow-error.js";
import { runUuid } from "./run-id.js";

/** The folder that a version is registered from, and its files by their paths within it. */
export interface ModelSource {
  owner: FileOwner;
  folder: string | null;
  files: OwnedFile[];
  /** The run that logged the model; null where it is not known. */
  runId: string | null;
}

const SCHEMES = "models:/m-<id>, models:/<name>/<version>, runs:/<run>/<folder> or mlflow-artifacts:/<path>";

/**
 * Finds what a client registers. Only what asof holds can be: a version is kept with its files.
 * @throws {MlflowError} no such place, or no files there
 */
export async function resolveSource(services: Services, source: string): Promise<ModelSource> {
  const found = await placeOfSource(services, source);
  const prefix = found.folder === null ? "" : `${found.folder}/`;
  const files = (await services.files.files(found.owner, found.folder)).map((file) => ({
    ...file,
    path: file.path.slice(prefix.length),
  }));
  if (files.length > 0) return { ...found, files };
  throw invalid(`source ${JSON.stringify(source.slice(0, 200))}: there are no files; log the model first`);
}

const SOURCE = /^([a-z-]+):\/*(.*)$/;
/** `<name>@<alias>` or `<name>/<version>`. */
const VERSION = /^([^/@]+)(?:@(.+)|\/(\d{1,9}))$/;

/** The models whose files a source names; null: one by the id of its version. Runs and logged models are of none:
 * who registers them reads them. */
export function modelsOfSource(source: string): (string | null)[] {
  const [, scheme, rest] = SOURCE.exec(source) ?? [];
  if (scheme === "mlflow-artifacts") return /^\/*registry(\/|$)/.test(rest!) ? [null] : [];
  if (scheme !== "models" || rest!.startsWith("m-")) return [];
  return [VERSION.exec(rest!)?.[1] ?? null];
}

type Place = Omit<ModelSource, "files">;

async function placeOfSource(services: Services, source: string): Promise<Place> {
  const [, scheme, rest] = SOURCE.exec(source) ?? [];
  switch (scheme) {
    case "models":
      return modelPlace(services, rest!);
    case "runs":
      return runPlaceOf(services, rest!);
    case "mlflow-artifacts": {
      const { owner, path } = placeOf(rest!);
      return withRun(services, owner, path);
    }
    default:
      throw invalid(
        `source ${JSON.stringify(source.slice(0, 200))}: ${SCHEMES} was expected; asof keeps the files of what it registers, and reads none from elsewhere`,
      );
  }
}

async function modelPlace(services: Services, rest: string): Promise<Place> {
  if (rest.startsWith("m-")) {
    const [id, ...folder] = rest.split("/");
    return withRun(
      services,
      { kind: "loggedModel", id: modelUuid(id!) },
      folder.length > 0 ? filePath(folder) : null,
    );
  }
  const [, name, alias, number] = VERSION.exec(rest) ?? [];
  const version = alias
    ? (await services.catalogue.findByAliases([{ model: name!, alias }]))[0]
    : name && number
      ? await services.models.findVersion(name, Number(number))
      : null;
  if (!version) throw new ModelNotFoundError(rest.slice(0, 200));
  return { owner: { kind: "version", id: version.id }, folder: null, runId: version.runId };
}

/** A folder of the run; or, as clients with logged models have it, the one of that name which the run wrote. */
async function runPlaceOf(services: Services, rest: string): Promise<Place> {
  const [run, ...segments] = rest.split("/");
  const id = runUuid(run!);
  if (!id || !(await services.runs.findByIds([id]))[0]) throw new RunNotFoundError(run!.slice(0, 100));
  const folder = segments.length > 0 ? filePath(segments) : null;
  const own: Place = { owner: { kind: "run", id }, folder, runId: id };
  if ((await services.files.files(own.owner, folder)).length > 0) return own;
  const [outputs] = await services.loggedModels.outputs([id]);
  for (const { modelId } of outputs!.toReversed()) {
    const model = await services.loggedModels.find(modelId);
    if (model?.name === segments[0])
      return withRun(
        services,
        { kind: "loggedModel", id: modelId },
        segments.length > 1 ? filePath(segments.slice(1)) : null,
      );
  }
  return own;
}

async function withRun(services: Services, owner: FileOwner, folder: string | null): Promise<Place> {
  switch (owner.kind) {
    case "run":
      return { owner, folder, runId: owner.id };
    case "loggedModel": {
      const { sourceRunId } = await services.loggedModels.require(owner.id);
      return { owner, folder, runId: sourceRunId };
    }
    case "version":
      return { owner, folder, runId: null };
  }
}
