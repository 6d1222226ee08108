import type { Pool } from "../../db/pool.js";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import { storedFeatures } from "../../definitions/language/service-features.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { FileTooLargeError } from "../../errors/file-too-large.js";
import { SnapshotDroppedError } from "../../errors/snapshot-dropped.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import {
  ARCHIVE_MEMBERS,
  jsonBytes,
  MAX_ARCHIVE_BYTES,
  packArchive,
} from "../../registry/archive/archive.js";
import type { VersionPlace } from "../../registry/archive/imported-from.js";
import { type ArchiveManifest, MOST_FILES } from "../../registry/archive/manifest.js";
import type { ArchiveKeys } from "../../registry/archive/seal.js";
import type { Member } from "../../registry/archive/tar-members.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { MEASURED } from "../../registry/files/file-owner.js";
import type { ModelVersion } from "../../registry/model.js";
import type { Run } from "../../registry/run.js";
import { RunStore } from "../../registry/run-store.js";
import { heldOutHash, splitOf, type TrainingSplit } from "../../serving/comparison-ground.js";
import { madeUpOf, madeUpRows } from "../../serving/made-up-answers.js";
import type { ServedModel } from "../../serving/served-model.js";

export interface ExportingParts {
  pool: Pool;
  definitions: Deployment;
  release: string;
  keys: ArchiveKeys;
  load(version: ModelVersion): Promise<ServedModel>;
}

/**
 * A version as the members of an archive: its file, what was measured of it, and what it was made of, by hashes. Of rows of persons
 * there is none, for no erasure reaches a file that has left.
 */
export async function exportVersion(parts: ExportingParts, version: ModelVersion): Promise<Member[]> {
  const { pool, keys } = parts;
  const run = await new RunStore(pool).find(version.judgedBy);
  if (!run) throw new ModelNotFoundError(version.model, version.version);
  const [taken, leftBehind] = await evidence(pool, version);
  const files = [
    { name: ARCHIVE_MEMBERS.model, bytes: await modelFile(pool, version) },
    { name: ARCHIVE_MEMBERS.answers, bytes: await answers(parts, version) },
    ...taken,
  ];
  return packArchive({ ...(await described(parts, version, run)), leftBehind }, files, keys);
}

async function modelFile(pool: Pool, { model, version, sha256, bytes }: ModelVersion): Promise<Buffer> {
  const most = MAX_ARCHIVE_BYTES - (1 << 24);
  if (bytes > most) throw new FileTooLargeError(`version ${version} of ${model}`, bytes, most);
  const file = await new ArtifactStore(pool).read(sha256);
  if (!file) throw new Error(`the file of version ${version} of ${model} is gone`);
  return file;
}

async function answers({ load }: ExportingParts, version: ModelVersion): Promise<Buffer> {
  const rows = madeUpRows(version.signature);
  const served = await load(version);
  return jsonBytes(madeUpOf(rows, await served.scoreEach(rows)));
}

/** Reports, which are counts, and the record of the training; what else the run has stays, and is named, and so is what is too much. */
async function evidence(pool: Pool, version: ModelVersion): Promise<[Member[], string[]]> {
  const [listed] = await new RunStore(pool).artifacts([version.judgedBy]);
  // Of a run of asof's own every report is at the top; a registration has files of clients and of persons there.
  const folder = version.algorithm === "EXTERNAL" ? MEASURED : "";
  const store = new ArtifactStore(pool);
  const taken: Member[] = [];
  const left: string[] = [];
  let room = MOST_EVIDENCE_BYTES;
  for (const { name, mediaType, sha256, bytes: size } of listed ?? []) {
    if (sha256 === version.sha256) continue;
    const fits = taken.length < MOST_EVIDENCE && size <= room;
    const isReport = fits && mediaType === "application/json" && name.startsWith(folder);
    const bytes = isReport ? await store.read(sha256) : null;
    if (!bytes) {
      left.push(name);
      continue;
    }
    taken.push({ name: EVIDENCE + name.slice(folder.length), bytes });
    room -= size;
  }
  return [taken, left.sort()];
}

const EVIDENCE = "evidence/";
/** Beside them the manifest lists the model and its answers. */
const MOST_EVIDENCE = MOST_FILES - 2;
const MOST_EVIDENCE_BYTES = 1 << 23;

async function described(
  { pool, definitions, release }: ExportingParts,
  version: ModelVersion,
  run: Run,
): Promise<Omit<ArchiveManifest, "format" | "files" | "leftBehind">> {
  const { model, signature, threshold, importedFrom } = version;
  const place: VersionPlace = {
    deployment: definitions.name,
    ...{ model, version: version.version, runId: version.judgedBy },
  };
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  const entity = entityOfService(definitions, service);
  return {
    asof: release,
    version: place,
    origin: importedFrom?.origin ?? place,
    algorithm: importedFrom?.algorithm ?? version.algorithm,
    entity: {
      name: entity.name,
      key: Object.fromEntries(keyColumnsOf(entity).map(({ column, type }) => [column, type])),
    },
    signature,
    threshold,
    views: viewsOfFeatures(service, signature),
    split: await exportedSplit(pool, definitions, version),
    run: {
      kind: run.kind,
      params: run.params as ArchiveManifest["run"]["params"],
      metrics: await metricsOf(pool, run.id),
      environment: run.environment as ArchiveManifest["run"]["environment"],
      gitCommit: run.gitCommit,
    },
    snapshots: await snapshotsOf(pool, version),
  };
}

async function exportedSplit(
  pool: Pool,
  definitions: Deployment,
  version: ModelVersion,
): Promise<ArchiveManifest["split"]> {
  const split = await splitOf(version, definitions, new RunStore(pool));
  if (!split) return null;
  const { seed, testFraction, rule: splitRule, dates, heldOutFrom } = split;
  // Ranks among the keys of several dates are no ranks among those of the one that it is judged on.
  const isPanel = dates.length > 1 && heldOutFrom === null && splitRule === "RANKS";
  const heldOutBelow = isPanel
    ? await heldOutHash(pool, definitions, version, split).catch(unlessDropped)
    : (split.heldOutBelow ?? null);
  const said = { seed, testFraction, splitRule, heldOutBelow };
  return { ...said, heldOutFrom: await nothingLearntFrom(pool, split) };
}

/** Who was held out follows from rows that are gone. */
function unlessDropped(error: Error): null {
  if (error instanceof SnapshotDroppedError) return null;
  throw error;
}

/** Where it is imported it is judged on labels of the rows' own date: on that of the last label it learnt it is not. */
async function nothingLearntFrom(pool: Pool, { heldOutFrom, dates }: TrainingSplit): Promise<string | null> {
  if (heldOutFrom === null) return null;
  const { rows } = await pool.query<{ from: string }>(
    `select greatest($1::date, max(label.as_of) + 1) as "from"
     from unnest($2::int[], $3::int[]) learnt (features, label)
     join snapshots features on features.id = learnt.features and features.as_of < $1::date
     join snapshots label on label.id = learnt.label`,
    [heldOutFrom, dates.map(({ features }) => features), dates.map(({ label }) => label)],
  );
  return rows[0]!.from;
}

/** What is not finite has no number in JSON. */
async function metricsOf(pool: Pool, runId: string): Promise<Record<string, number | null>> {
  const [metrics] = await new RunStore(pool).latestMetrics([runId]);
  return Object.fromEntries(
    (metrics ?? []).map(({ name, value }) => [name, Number.isFinite(value) ? value : null]),
  );
}

async function snapshotsOf(
  pool: Pool,
  { snapshotId, labelSnapshotId, trainedSnapshots }: ModelVersion,
): Promise<ArchiveManifest["snapshots"]> {
  const ids = [...new Set([snapshotId, labelSnapshotId, ...trainedSnapshots])];
  const found = await new SnapshotStore(pool).findByIds(ids);
  return found.flatMap((each) =>
    each ? [{ asOf: each.asOf, revision: each.revision, contentSha256: each.contentSha256 }] : [],
  );
}

/** Of each feature that is read from a view. */
export function viewsOfFeatures(
  service: Parameters<typeof storedFeatures>[0],
  { features }: Pick<ModelVersion["signature"], "features">,
): ArchiveManifest["views"] {
  const stored = new Map(storedFeatures(service).map(({ name, view }) => [name, view]));
  return Object.fromEntries(
    features.flatMap(({ name }) => {
      const view = stored.get(name);
      return view ? [[name, { view: view.name, version: view.version }]] : [];
    }),
  );
}
