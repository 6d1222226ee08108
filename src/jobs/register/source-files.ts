import type { Queryable } from "../../db/pool.js";
import type { Categories } from "../../features/export-shape.js";
import { ARCHIVE_MEMBERS, type OpenedArchive, parsedJson } from "../../registry/archive/archive.js";
import { archiveManifest } from "../../registry/archive/manifest.js";
import { ArtifactStore, type NewArtifact } from "../../registry/artifact-store.js";
import type { ModelSignature } from "../../registry/model.js";
import { type MadeUpAnswers, readMadeUp } from "../../serving/made-up-answers.js";
import { SOURCE } from "./register-files.js";

/** Of features that a model takes as codes their categories. */
export const categoriesOf = ({ features }: Pick<ModelSignature, "features">): Categories =>
  Object.fromEntries(features.flatMap(({ name, categories }) => (categories ? [[name, categories]] : [])));

/** What an archive says of its version, as files of the run that judges it here; the model's own file has its place already. */
export const sourceFiles = ({ files }: Pick<OpenedArchive, "files">): NewArtifact[] =>
  [...files].flatMap(([name, bytes]) =>
    name === ARCHIVE_MEMBERS.model || name === ARCHIVE_MEMBERS.seal
      ? []
      : [{ name: SOURCE + name, mediaType: "application/json", bytes }],
  );

/** What is judged by beside this deployment's own rows. */
export async function readSource(
  db: Queryable,
  runId: string,
): Promise<{ categories: Categories; madeUp: MadeUpAnswers }> {
  const names = [ARCHIVE_MEMBERS.manifest, ARCHIVE_MEMBERS.answers].map((name) => SOURCE + name);
  const files = (await new ArtifactStore(db).readNamed(new Map([[runId, names]]))).get(runId)!;
  const [manifest, answers] = names.map((name) => parsedJson(files.get(name)!));
  return {
    categories: categoriesOf(archiveManifest.parse(manifest).signature),
    madeUp: readMadeUp(answers),
  };
}
