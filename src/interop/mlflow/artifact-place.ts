import type { FileOwner } from "../../registry/files/file-owner.js";
import { filePath } from "../../registry/files/file-path.js";
import { MlflowError } from "./mlflow-error.js";
import { runUuid } from "./run-id.js";

/** Where an artifact is: what it belongs to, and its path there. */
export interface ArtifactPlace {
  owner: FileOwner;
  /** Null: the owner's own folder. */
  path: string | null;
}

const ROOT = "artifacts";

/** `<experiment>/<run>/artifacts/…`: what follows `mlflow-artifacts:/` in an address that asof gave. */
export const runRoot = (experimentId: number, runHex: string): string => `${experimentId}/${runHex}/${ROOT}`;

/** `<experiment>/models/<model>/artifacts/…`, of a logged model. */
export const loggedModelRoot = (experimentId: number, modelHex: string): string =>
  `${experimentId}/models/${modelHex}/${ROOT}`;

/** `registry/<id>/artifacts/…`, of a version: the files that it was registered with. */
export const versionRoot = (versionId: string): string => `registry/${versionId}/${ROOT}`;

/**
 * Reads the path of an artifact as clients send it, decoded already.
 * @throws {MlflowError} it is no place of asof's, or leads elsewhere
 */
export function placeOf(path: string): ArtifactPlace {
  const segments = path
    .split("/")
    .filter((segment, at, all) => segment !== "" || (at > 0 && at < all.length - 1));
  const found = versionPlace(segments) ?? modelPlaceIn(segments) ?? runPlace(segments);
  if (!found) {
    throw new MlflowError(
      "RESOURCE_DOES_NOT_EXIST",
      `${JSON.stringify(path.slice(0, 200))} is no artifact's place: <experiment>/<run>/artifacts/<path> was expected`,
    );
  }
  const { owner, rest } = found;
  return { owner, path: rest.length === 0 ? null : filePath(rest) };
}

/** @throws {MlflowError} what cannot be decoded */
export function decodedPath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      "the path cannot be read: percent-encoded UTF-8 was expected",
    );
  }
}

type Found = { owner: FileOwner; rest: string[] } | null;

function runPlace([experiment, run, root, ...rest]: readonly string[]): Found {
  const id = runUuid(run ?? "");
  return /^\d+$/.test(experiment ?? "") && id && root === ROOT ? { owner: { kind: "run", id }, rest } : null;
}

function modelPlaceIn([experiment, models, model, root, ...rest]: readonly string[]): Found {
  const id = model?.startsWith("m-") ? runUuid(model.slice(2)) : null;
  const isPlace = /^\d+$/.test(experiment ?? "") && models === "models" && root === ROOT;
  return isPlace && id ? { owner: { kind: "loggedModel", id }, rest } : null;
}

function versionPlace([registry, id, root, ...rest]: readonly string[]): Found {
  const isPlace = registry === "registry" && /^\d{1,9}$/.test(id ?? "") && root === ROOT;
  return isPlace ? { owner: { kind: "version", id: id! }, rest } : null;
}
