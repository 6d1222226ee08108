import { folderLake } from "./folder-lake.js";
import type { Lake, LakeKind } from "./lake.js";
import { s3Lake } from "./s3-lake.js";

const kinds: readonly LakeKind[] = [folderLake, s3Lake];

const kindOf = (url: string): LakeKind | undefined =>
  kinds.find(({ schemes }) =>
    schemes.includes(/^([a-z][a-z0-9]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? ""),
  );

/** What is wrong with LAKE_URL; null: nothing. */
export function lakeUrlProblem(url: string): string | null {
  const kind = kindOf(url);
  return kind ? kind.problem(url) : "must be a folder, as file:///srv/lake, or s3://bucket/prefix";
}

/** @param url checked by `lakeUrlProblem` */
export const openLake = (url: string): Lake => kindOf(url)!.open(url);
