import { SEES_PERSONAL } from "../auth/personal-access.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { PersonalValuesError } from "../errors/auth-errors.js";
import { runKinds } from "../jobs/run-kinds.js";
import { featuresOfModel } from "../jobs/training/features-of-model.js";
import { ARCHIVE_MEMBERS } from "../registry/archive/archive.js";
import type { ArtifactHolder } from "../registry/artifact-store.js";
import { mayQuoteValues } from "./mask-runs.js";
import type { ArchiveService, ArtifactService, FileService } from "./model-services.js";
import type { Personal } from "./personal-reads.js";
import type { Services } from "./services.js";

/** Files as who may not see personal values gets them: none that has one. */
export const maskedArtifacts = (
  artifacts: ArtifactService,
  definitions: Deployment,
  personal: Personal,
): ArtifactService => ({
  holders: (...of) => artifacts.holders(...of),
  async open(sha256) {
    await requireNonePersonal(artifacts, definitions, personal, sha256);
    return artifacts.open(sha256);
  },
});

/** An archive has the model's file, and is for who may have that. */
export const maskedArchives = (
  archives: ArchiveService,
  definitions: Deployment,
  personal: Personal,
): ArchiveService => ({
  async export(...of) {
    const [model, version] = of;
    const held = featuresOfModel(ARCHIVE_MEMBERS.model, { model }, definitions) ?? [];
    const unseen = held.filter((name) => personal.hasFeature(name));
    if (unseen.length > 0)
      throw new PersonalValuesError(`version ${version} of ${model}`, unseen, SEES_PERSONAL);
    return archives.export(...of);
  },
  import: (...of) => archives.import(...of),
  pace: archives.pace,
});

/** The same files by their paths. */
export const maskedFiles = (
  { files, artifacts, definitions }: Pick<Services, "files" | "artifacts" | "definitions">,
  personal: Personal,
): FileService => ({
  list: (...of) => files.list(...of),
  files: (...of) => files.files(...of),
  async open(owner, path) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : null;
    const found = (await files.files(owner, folder)).find((file) => file.path === path);
    if (found) await requireNonePersonal(artifacts, definitions, personal, found.sha256);
    return files.open(owner, path);
  },
  save: (...of) => files.save(...of),
  remove: (...of) => files.remove(...of),
});

/** @throws {PersonalValuesError} a run that has these bytes says that they have, or may have, personal values */
async function requireNonePersonal(
  artifacts: ArtifactService,
  definitions: Deployment,
  personal: Personal,
  sha256: string,
): Promise<void> {
  for (const holder of await artifacts.holders(sha256)) {
    const held = heldPersonal(personal, definitions, holder);
    if (held.length > 0)
      throw new PersonalValuesError(`artifact ${holder.name} of run ${holder.runId}`, held, SEES_PERSONAL);
  }
}

/** The personal columns or features whose values a file has, or may have. */
function heldPersonal(
  personal: Personal,
  definitions: Deployment,
  holder: ArtifactHolder,
): readonly string[] {
  const held = runKinds.find(holder.kind)?.holds ?? "reports";
  if (typeof held !== "function") return mayQuoteValues(personal, holder) ? personal.names : [];
  const features = held(holder.name, holder.params, definitions);
  return features ? features.filter((name) => personal.hasFeature(name)) : personal.all();
}
