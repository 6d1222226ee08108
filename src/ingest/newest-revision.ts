import type { Client } from "../db/pool.js";
import {
  findParts,
  type MadePart,
  type PartsByName,
  type SnapshotPart,
} from "../db/snapshots/snapshot-parts.js";
import { carriedSources } from "../definitions/language/carried-sources.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { stateSources } from "../definitions/language/windows/sources-of.js";
import { partsHeldOn } from "../features/carried-parts.js";
import { isEffective } from "../features/effective-snapshots.js";
import type { SourceFile } from "../features/types.js";
import type { Publication } from "./publication.js";

/** A date's newest revision that holds: what its next one is compared with. */
export interface NewestRevision {
  id: number;
  revision: number;
  runId: string;
  definitionsSha256: string;
  files: SourceFile[];
  parts: PartsByName;
}

/** The greatest revision number ever given for the date, and its newest revision that holds, if one does. */
export async function revisionsOf(
  tx: Client,
  asOf: string,
): Promise<{ revision: number; newest: NewestRevision | null }> {
  const { rows } = await tx.query<Omit<NewestRevision, "parts"> & { effective: boolean }>(
    `select id, revision, run_id as "runId", definitions_sha256 as "definitionsSha256", sources as files,
       ${isEffective("s")} as effective
     from snapshots s where as_of = $1 order by revision desc`,
    [asOf],
  );
  const revision = rows[0]?.revision ?? 0;
  const newest = rows.find(({ effective }) => effective);
  if (!newest) return { revision, newest: null };
  const parts = (await findParts(tx, [newest.id])).get(newest.id)!;
  return { revision, newest: { ...newest, parts } };
}

/** Of each source that the delivery lacks: the part of the date's newest revision, or else the newest of an earlier date. */
export async function lackingParts(
  tx: Client,
  deployment: Deployment,
  { asOf, files }: Pick<Publication, "asOf" | "files">,
  newest: NewestRevision | null,
): Promise<Map<string, MadePart>> {
  const lacks = ({ name }: Source) => !files.some((file) => file.name === name);
  const carried = carriedSources(deployment).filter(lacks);
  const held = await partsHeldOn(
    tx,
    carried.map(({ name }) => name),
    asOf,
  );
  if (!newest) return held;
  // Labels are carried on by revisions of their own date.
  const others = stateSources(deployment).filter((source) => lacks(source) && !carried.includes(source));
  const names = others.map(({ name }) => name).filter((name) => newest.parts.get(name)?.eventDate === asOf);
  return new Map([...held, ...(await partsHeldOn(tx, names, asOf))]);
}

/** Whether a snapshot of these parts would say what the newest revision says: of every source the same, of the same date. */
export function isSame(
  newest: readonly Pick<SnapshotPart, "name" | "contentSha256" | "eventDate">[],
  { asOf, parts }: { asOf: string; parts: readonly Pick<MadePart, "name" | "contentSha256">[] },
  lacking: ReadonlyMap<string, MadePart>,
): boolean {
  const next = [...parts.map((part) => ({ ...part, eventDate: asOf })), ...lacking.values()];
  const says = ({ name, contentSha256, eventDate }: Pick<MadePart, "name" | "contentSha256" | "eventDate">) =>
    `${name} ${contentSha256} ${eventDate}`;
  const known = new Set(newest.map(says));
  return next.length === newest.length && next.every((part) => known.has(says(part)));
}

/** The files of the newest revision that were not delivered again, with what delivered them. */
export const formerFiles = (
  { files, runId, definitionsSha256 }: NewestRevision,
  { asOf, files: delivered }: Pick<Publication, "asOf" | "files">,
  lacking: ReadonlyMap<string, MadePart>,
): SourceFile[] =>
  files
    .filter(({ name }) => !delivered.some((file) => file.name === name))
    // Of events, which are in no part, what was delivered stays.
    .filter(({ name }) => (lacking.get(name)?.eventDate ?? asOf) === asOf)
    .map((file) => ({ deliveredBy: { runId, definitionsSha256 }, ...file }));
