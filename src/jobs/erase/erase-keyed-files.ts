import type { Client, Queryable } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { countErased, type Erasure } from "../../features/erasure/erase-rows.js";
import { byEntity, type Persons, type PlaceRows } from "../../features/erasure/erasure-counts.js";
import { ArtifactStore, type NewArtifact } from "../../registry/artifact-store.js";
import { BACKGROUND_FILE, backgroundFile, readBackground } from "../../serving/background-rows.js";
import { EXPECTED_FILE, expectedFile, readExpected } from "../register/register-files.js";
import { modelsOfOthers } from "./erase-derived.js";

/** A file of a registration: JSON, a list of objects that each have a key. */
interface KeyedFile {
  /** @returns the key of each entry, and the file without the entries of some */
  read(bytes: Buffer): { keys: string[]; without(isGone: (key: string) => boolean): NewArtifact };
}

const keyedFile = <Entry extends { key: string }>(
  parse: (bytes: Buffer) => Entry[],
  written: (entries: readonly Entry[]) => NewArtifact,
): KeyedFile => ({
  read(bytes) {
    const entries = parse(bytes);
    return {
      keys: entries.map(({ key }) => key),
      without: (isGone) => written(entries.filter(({ key }) => !isGone(key))),
    };
  },
});

/** What registrations keep of people, by name: what a model is expected to answer of them, and rows its answers are compared with. */
export const KEYED_FILES: Readonly<Record<string, KeyedFile>> = {
  [EXPECTED_FILE]: keyedFile(readExpected, expectedFile),
  [BACKGROUND_FILE]: keyedFile(readBackground, backgroundFile),
};

/** What a registration keeps of somebody. */
interface HeldEntries {
  run: string;
  name: string;
  sha256: string;
  /** The keys of who is asked for, one an entry. */
  of: string[];
  /** The file as it is without them. */
  others: NewArtifact;
}

/**
 * The files that have one of the keys. They are JSON, by keys as asof keeps them, whatever their columns; of those
 * outside the database all, to be looked into.
 * $1 the files' names, $2 models of other entities, $3 keys
 */
const HELD_ENTRIES = `
  select a.run_id as run, a.name, a.sha256 from artifacts a
  join runs r on r.id = a.run_id and r.kind = 'REGISTER' and r.params ->> 'model' <> all($2)
  join artifact_blobs b on b.sha256 = a.sha256
  where a.name = any($1) and (b.place is not null or exists (
    select 1 from jsonb_array_elements(convert_from(b.bytes, 'UTF8')::jsonb) e where e ->> 'key' = any($3)))
  order by r.created_at, r.id, a.name`;

async function* heldEntries(
  db: Queryable,
  deployment: Deployment,
  { entity, keys }: Persons,
): AsyncGenerator<HeldEntries, void, undefined> {
  const { rows } = await db.query<Pick<HeldEntries, "run" | "name" | "sha256">>(HELD_ENTRIES, [
    Object.keys(KEYED_FILES),
    modelsOfOthers(deployment, entity),
    keys,
  ]);
  const asked = new Set(keys);
  const store = new ArtifactStore(db);
  for (const file of rows) {
    const { keys: held, without } = KEYED_FILES[file.name]!.read((await store.read(file.sha256))!);
    const isAsked = (key: string) => asked.has(key);
    const of = held.filter(isAsked);
    if (of.length > 0) yield { ...file, of, others: without(isAsked) };
  }
}

/** Deletes what registrations keep of them, entry by entry: those of all others stay. */
export async function eraseKeyed(
  tx: Client,
  deployment: Deployment,
  erasures: readonly Erasure[],
): Promise<void> {
  const store = new ArtifactStore(tx);
  for (const persons of byEntity(erasures)) {
    const ofEntity = erasures.filter(({ entity }) => entity.name === persons.entity.name);
    for await (const { run, name, sha256, of, others } of heldEntries(tx, deployment, persons)) {
      await store.save(run, others);
      for (const erasure of ofEntity) {
        const entries = of.filter((key) => key === erasure.key).length;
        await countErased(tx, erasure, name, entries);
      }
      await tx.query(
        "insert into erasure_artifacts (erasure_id, run_id, name, sha256) values ($1, $2, $3, $4) on conflict do nothing",
        [erasures[0]!.id, run, name, sha256],
      );
    }
  }
}

/** How many entries those are, by file, and the runs that have one. */
export async function countKeyed(
  db: Queryable,
  deployment: Deployment,
  persons: readonly Persons[],
): Promise<{ places: PlaceRows[]; held: { run: string; name: string }[] }> {
  const places: PlaceRows[] = [];
  const held: { run: string; name: string }[] = [];
  for (const each of persons)
    for await (const { run, name, of } of heldEntries(db, deployment, each)) {
      places.push({ place: name, rows: of.length });
      held.push({ run, name });
    }
  return { places, held };
}
