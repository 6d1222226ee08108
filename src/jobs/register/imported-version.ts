import type { Pool } from "../../db/pool.js";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import { DamagedArchiveError, ForeignArchiveError, LearntDateError } from "../../errors/archive-errors.js";
import { BadUserInputError } from "../../errors/errors.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import { ARCHIVE_MEMBERS, type OpenedArchive, parsedJson } from "../../registry/archive/archive.js";
import { findImported, type ImportedFrom } from "../../registry/archive/imported-from.js";
import type { ArchiveManifest } from "../../registry/archive/manifest.js";
import { sha256Hex } from "../../registry/artifact-store.js";
import type { DeclaredSignature } from "../../registry/external-signature.js";
import { readOnnxFile } from "../../registry/onnx-file.js";
import { servability } from "../../registry/servability.js";
import { inputPlan } from "../../serving/encoder.js";
import { readMadeUp } from "../../serving/made-up-answers.js";
import { taskForService } from "../../training/tasks/registry.js";
import { DEFAULT_TASK } from "../../values/task.js";
import { viewsOfFeatures } from "./exported-version.js";
import type { Asked, ModelRegistration, RegisterRequest } from "./registrations.js";
import { categoriesOf, sourceFiles } from "./source-files.js";

export interface ImportingParts {
  pool: Pool;
  definitions: Deployment;
  snapshots: Pick<SnapshotStore, "newestLabelled">;
  registration: Pick<ModelRegistration, "ask">;
}

/**
 * Registers the version of an archive as one that was made elsewhere: it is judged on this deployment's own rows, and nothing that the
 * archive says of its quality counts here. The same version again is the one that is there.
 * @throws {ForeignArchiveError} names what this deployment does not declare
 * @throws what a registration throws
 */
export async function importVersion(
  parts: ImportingParts,
  archive: OpenedArchive,
  { asOf }: { asOf: string | null },
  actor: string,
): Promise<Asked & { isNew: boolean }> {
  const { pool, definitions } = parts;
  const { manifest, files } = archive;
  const { model } = manifest.version;
  requireDeclared(manifest, definitions);
  const onnx = files.get(ARCHIVE_MEMBERS.model)!;
  const from = provenanceOf(archive);
  const there = await findImported(pool, model, sha256Hex(onnx), from);
  if (there) return { model, ...there, isNew: false };
  readAnswers(files);
  const request: RegisterRequest = {
    ...{ model, runId: null, artifact: ARCHIVE_MEMBERS.model, keepsRunOpen: true },
    onnx: { name: ARCHIVE_MEMBERS.model, mediaType: "application/octet-stream", bytes: onnx },
    signature: declaredOf(manifest, onnx),
    categories: categoriesOf(manifest.signature),
    threshold: manifest.threshold,
    asOf: await judgedDate(parts, manifest, asOf),
    ...manifest.split,
    trainedSnapshots: await sameSnapshots(pool, manifest),
    imported: { from, files: sourceFiles(archive) },
    source: `asof:${from.from.deployment}/${model}/${from.from.version}`,
  };
  const asked = await parts.registration.ask(request, actor);
  return { ...asked, isNew: true };
}

const provenanceOf = ({ archive, signedBy, manifest }: OpenedArchive): ImportedFrom => ({
  ...{ archive, signedBy },
  ...{ origin: manifest.origin, from: manifest.version, algorithm: manifest.algorithm },
});

/** @throws {DamagedArchiveError} */
function readAnswers(files: OpenedArchive["files"]): void {
  try {
    readMadeUp(parsedJson(files.get(ARCHIVE_MEMBERS.answers)!));
  } catch {
    throw new DamagedArchiveError(`its ${ARCHIVE_MEMBERS.answers} cannot be read`, {
      member: ARCHIVE_MEMBERS.answers,
    });
  }
}

/** @throws {ForeignArchiveError} */
function requireDeclared(manifest: ArchiveManifest, definitions: Deployment): void {
  const { signature, entity } = manifest;
  const { model, version } = manifest.version;
  const service = findService(definitions, model);
  if (!service)
    throw new ForeignArchiveError(model, [`no feature service is called ${JSON.stringify(model)}`]);
  const missing: string[] = [];
  const task = taskForService(service).name;
  const learnt = signature.task ?? DEFAULT_TASK;
  if (task !== learnt) missing.push(`the service's task is ${task}, not ${learnt}`);
  const here = entityOfService(definitions, service);
  const key = Object.fromEntries(keyColumnsOf(here).map(({ column, type }) => [column, type]));
  if (here.name !== entity.name || inWords(key) !== inWords(entity.key))
    missing.push(
      `it answers about ${here.name} by ${inWords(key)}, not ${entity.name} by ${inWords(entity.key)}`,
    );
  const served = servability({ model, version, signature }, definitions);
  if (!served.servable) missing.push(served.problem);
  const views = viewsOfFeatures(service, signature);
  for (const [name, { view }] of Object.entries(manifest.views)) {
    const found = views[name]?.view;
    if (found !== undefined && found !== view) missing.push(`${name} is of the view ${found}, not ${view}`);
  }
  if (missing.length > 0) throw new ForeignArchiveError(model, missing);
}

const inWords = (key: Readonly<Record<string, string>>): string =>
  Object.entries(key)
    .map(([column, type]) => `${column}: ${type}`)
    .join(", ");

/** Which features fill which input, said in full: nothing is left to what names mean here. */
function declaredOf({ signature }: ArchiveManifest, onnx: Uint8Array): DeclaredSignature {
  const [output] = signature.outputs;
  const column = output!.column;
  return {
    inputs: inputPlan(signature).map(({ name, features }) => ({ name, features })),
    output: output!.name,
    classes: signature.classes ?? null,
    positiveClass: column === undefined ? null : (classesIn(onnx)?.[column] ?? null),
  };
}

/** @throws {DamagedArchiveError} */
function classesIn(onnx: Uint8Array): string[] | undefined {
  try {
    return readOnnxFile(onnx).classLists[0];
  } catch {
    throw new DamagedArchiveError(`its ${ARCHIVE_MEMBERS.model} is no ONNX file`, {
      member: ARCHIVE_MEMBERS.model,
    });
  }
}

/** @throws {LearntDateError} */
async function judgedDate(
  { definitions, snapshots }: ImportingParts,
  { version: { model }, split }: ArchiveManifest,
  asked: string | null,
): Promise<string> {
  const date = asked ?? (await snapshots.newestLabelled(findService(definitions, model)!))?.asOf;
  const from = split?.heldOutFrom ?? null;
  if (from !== null && (date === undefined || date < from)) throw new LearntDateError(model, from, asked);
  if (date !== undefined) return date;
  throw new BadUserInputError(
    "as_of: no snapshot of this deployment has labels to judge the version on: ingest some first, and import it then",
  );
}

/** Of what it was trained on, what this deployment has too, to the hash: who is in there is known to it. */
async function sameSnapshots(pool: Pool, { snapshots }: ArchiveManifest): Promise<number[] | null> {
  const hashes = snapshots.flatMap(({ contentSha256 }) => (contentSha256 ? [contentSha256] : []));
  const { rows } = await pool.query<{ id: number }>(
    "select id from snapshots where content_sha256 = any($1) order by id",
    [hashes],
  );
  return rows.length > 0 ? rows.map(({ id }) => id) : null;
}
