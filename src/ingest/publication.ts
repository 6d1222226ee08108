import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { SourceFile } from "../features/types.js";

/** A delivery that was staged and validated. */
export interface Publication {
  runId: string;
  asOf: string;
  definitionsSha256: string;
  /** One for each source that was delivered. */
  files: SourceFile[];
  /** One for each source of states that was delivered, in any order. */
  parts: readonly HashedPart[];
  /** The date's newest revision, and the sources whose files are those it was made of: their parts stay as they are. */
  kept?: { snapshotId: number; names: readonly string[] };
}

/** What a source's staged rows were hashed to. */
export interface HashedPart {
  /** The source's. */
  name: string;
  rowCount: number;
  contentSha256: string;
  /** In base64, as a step's checkpoint keeps it. */
  buckets: string;
}

/** The sources that it holds. */
export const deliveredOf = ({ sources }: Deployment, { files }: Pick<Publication, "files">): Source[] =>
  sources.filter((source) => files.some(({ name }) => name === source.name));
