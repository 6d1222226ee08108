import { z } from "zod";
import { ArchiveFormatError, DamagedArchiveError } from "../../errors/archive-errors.js";
import { FileTooLargeError } from "../../errors/file-too-large.js";
import { sha256Hex } from "../artifact-store.js";
import { canonicalJson } from "../canonical-json.js";
import { ARCHIVE_FORMAT, type ArchiveManifest, archiveManifest } from "./manifest.js";
import { type ArchiveKeys, openSeal, sealOf } from "./seal.js";
import { type Chunks, type Member, readTar, tarLength } from "./tar-members.js";

/** The members that every archive has, beside the evidence. */
export const ARCHIVE_MEMBERS = {
  manifest: "manifest.json",
  seal: "seal.json",
  model: "model.onnx",
  answers: "answers.json",
} as const;

/** Of an archive as a whole: it is held in memory where it is imported. */
export const MAX_ARCHIVE_BYTES = 256 * 1024 * 1024;

/** An archive that is whole and whose seal is in order. */
export interface OpenedArchive {
  manifest: ArchiveManifest;
  /** SHA-256 of the manifest. */
  archive: string;
  signedBy: string | null;
  /** By name, the manifest among them. */
  files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Members in an order that follows from their names.
 * @throws {FileTooLargeError} they are more than is read where they arrive
 */
export function packArchive(
  described: Omit<ArchiveManifest, "format" | "files">,
  files: readonly Member[],
  keys: Pick<ArchiveKeys, "own">,
): Member[] {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const listed = sorted.map(({ name, bytes }) => ({
    name,
    bytes: bytes.byteLength,
    sha256: sha256Hex(bytes),
  }));
  const manifest = jsonBytes({ format: ARCHIVE_FORMAT, ...described, files: listed });
  const members = [
    { name: ARCHIVE_MEMBERS.manifest, bytes: manifest },
    { name: ARCHIVE_MEMBERS.seal, bytes: jsonBytes(sealOf(manifest, keys)) },
    ...sorted,
  ];
  const length = tarLength(members);
  if (length <= MAX_ARCHIVE_BYTES) return members;
  const { model, version } = described.version;
  throw new FileTooLargeError(`the archive of version ${version} of ${model}`, length, MAX_ARCHIVE_BYTES);
}

/**
 * Every member is held against the manifest, and the manifest against the seal, before anything of it is used.
 * @throws {DamagedArchiveError} @throws {ArchiveFormatError} @throws {UntrustedArchiveError}
 */
export async function openArchive(
  chunks: Chunks,
  keys: Pick<ArchiveKeys, "trusted">,
): Promise<OpenedArchive> {
  const members = await readTar(chunks, MAX_ARCHIVE_BYTES);
  const files = new Map(members.map(({ name, bytes: own }) => [name, own]));
  const [written, seal] = [files.get(ARCHIVE_MEMBERS.manifest), files.get(ARCHIVE_MEMBERS.seal)];
  if (!written || !seal)
    throw new DamagedArchiveError(
      `it has no ${written ? ARCHIVE_MEMBERS.seal : ARCHIVE_MEMBERS.manifest}: it is no archive of a version`,
    );
  const { archive, signedBy } = openSeal(seal, written, keys);
  const manifest = readManifest(written);
  for (const { name, bytes: length, sha256 } of manifest.files) {
    const own = files.get(name);
    if (!own) throw new DamagedArchiveError(`${name} is missing`, { member: name });
    if (own.byteLength !== length || sha256Hex(own) !== sha256)
      throw new DamagedArchiveError(`${name} has other bytes than the manifest says`, { member: name });
  }
  const listed = new Set<string>([
    ARCHIVE_MEMBERS.manifest,
    ARCHIVE_MEMBERS.seal,
    ...manifest.files.map(({ name }) => name),
  ]);
  const added = members.find(({ name }) => !listed.has(name));
  if (added) throw new DamagedArchiveError(`${added.name} is not in the manifest`, { member: added.name });
  for (const name of [ARCHIVE_MEMBERS.model, ARCHIVE_MEMBERS.answers])
    if (!files.has(name)) throw new DamagedArchiveError(`it has no ${name}`, { member: name });
  return { manifest, archive, signedBy, files };
}

/** @throws {ArchiveFormatError} @throws {DamagedArchiveError} it has another shape */
function readManifest(bytes: Uint8Array): ArchiveManifest {
  const given = z.looseObject({ format: z.int(), asof: z.string() }).safeParse(parsedJson(bytes));
  if (given.success && given.data.format !== ARCHIVE_FORMAT)
    throw new ArchiveFormatError(given.data.format, given.data.asof.slice(0, 40), ARCHIVE_FORMAT);
  const { data, error } = archiveManifest.safeParse(given.data);
  if (data) return data;
  const [issue] = error.issues;
  throw new DamagedArchiveError(`its manifest cannot be read: ${issue?.path.join(".")}: ${issue?.message}`);
}

export const parsedJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new DamagedArchiveError("a member that should be JSON is none");
  }
};

/** As a member: equal values are equal bytes. */
export const jsonBytes = (value: unknown): Buffer => Buffer.from(canonicalJson(value));
