import type { Client, Pool } from "../../db/pool.js";
import type { FeatureService } from "../../definitions/language/deployment.js";
import { AsofError, BadUserInputError, ConflictError, RunNotFoundError } from "../../errors/errors.js";
import { UnusableModelError } from "../../errors/unusable-model.js";
import type { Categories } from "../../features/export-shape.js";
import { ArtifactStore, type NewArtifact, sha256Hex } from "../../registry/artifact-store.js";
import type { DeclaredSignature } from "../../registry/external-signature.js";
import { MAX_MODEL_BYTES } from "../../registry/files/stored-bytes.js";
import { readModelFile } from "../../serving/judge-model.js";
import { MODEL_FILE } from "./register-files.js";

/** Where the file of a registration is. */
export interface ModelFileRequest {
  /** The EXTERNAL run it is registered from; null: none, the file comes with the request. */
  runId: string | null;
  /** Of the run's artifacts, the ONNX file. */
  artifact: string;
  /** The file itself: it becomes that artifact, together with the version. */
  onnx?: NewArtifact | null;
  /** The file, where it is stored already under another name. */
  file?: { sha256: string } | null;
  /** What is wrong with the file becomes a FAILED version, instead of an error. */
  recordRefusal?: boolean;
}

/** A model's file, read once at most: all that is asked of it before it is judged is asked of these bytes. */
export interface ModelFile {
  sha256: string;
  byteLength: number;
  /** Null: it is stored, and what is wrong with it is to be recorded. That is for the run to find, which reads it. */
  bytes: Uint8Array | null;
  /** It came with the request; else it is stored already. */
  sent: boolean;
}

/**
 * @throws {RunNotFoundError} @throws {BadUserInputError} there is no such file
 * @throws {UnusableModelError} it has more bytes than are held in memory: none was read
 */
export async function findModelFile(
  pool: Pool,
  { onnx, file, runId, artifact, recordRefusal }: ModelFileRequest,
  maxBytes = MAX_MODEL_BYTES,
): Promise<ModelFile> {
  if (onnx) {
    const { bytes } = onnx;
    requireSize(bytes.byteLength, maxBytes);
    return { sha256: sha256Hex(bytes), byteLength: bytes.byteLength, bytes, sent: true };
  }
  const sha256 = file?.sha256 ?? (await artifactOf(pool, runId, artifact));
  const store = new ArtifactStore(pool);
  const byteLength = await store.size(sha256);
  if (byteLength === null) throw fileIsGone(sha256);
  requireSize(byteLength, maxBytes);
  const bytes = recordRefusal ? null : await store.read(sha256, maxBytes);
  return { sha256, byteLength, bytes, sent: false };
}

function requireSize(byteLength: number, maxBytes: number): void {
  if (byteLength <= maxBytes) return;
  throw new UnusableModelError(
    `its file has ${byteLength} bytes; at most ${maxBytes} are accepted: export a smaller model`,
    { byteLength, maxBytes },
  );
}

export const fileIsGone = (sha256: string): ConflictError =>
  new ConflictError(`the file ${sha256} is gone; store it again, and register it then`, { sha256 });

async function artifactOf(pool: Pool, runId: string | null, artifact: string): Promise<string> {
  if (runId === null)
    throw new BadUserInputError("runId: a run was expected, or the file itself; got neither");
  const { rows } = await pool.query<{ sha256: string | null }>(
    "select (select sha256 from artifacts where run_id = $1 and name = $2) as sha256 from runs where id = $1",
    [runId, artifact],
  );
  if (!rows[0]) throw new RunNotFoundError(runId);
  if (rows[0].sha256) return rows[0].sha256;
  throw new BadUserInputError(
    `artifact: run ${runId} has none named ${JSON.stringify(artifact)}; POST /runs/${runId}/artifacts/${encodeURIComponent(artifact)} uploads it`,
    { artifact },
  );
}

/** What is wrong with the file, where that is known without running it. @throws {UnusableModelError} unless it is to be recorded */
export function problemOf(
  { bytes }: ModelFile,
  service: FeatureService,
  { signature, recordRefusal }: { signature: DeclaredSignature; recordRefusal?: boolean },
  categories: Categories | null,
): string | null {
  try {
    if (bytes) readModelFile(bytes, service, signature, categories);
    return null;
  } catch (error) {
    if (recordRefusal && error instanceof AsofError) return error.message;
    throw error;
  }
}

/** Names the file among those of the run that judges it. Bytes that are stored are not written again. */
export async function keepModelFile(tx: Client, runId: string, file: ModelFile): Promise<void> {
  const { sha256, byteLength, bytes } = file;
  const named = { name: MODEL_FILE, mediaType: "application/octet-stream" };
  const store = new ArtifactStore(tx);
  if (file.sent && bytes) {
    await store.save(runId, { ...named, bytes });
    return;
  }
  const { rowCount } = await tx.query("select 1 from artifact_blobs where sha256 = $1 for key share", [
    sha256,
  ]);
  if (rowCount === 0) throw fileIsGone(sha256);
  await store.name(runId, { ...named, byteLength, sha256 });
}
