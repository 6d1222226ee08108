import type { Source } from "../../definitions/language/deployment.js";
import { contextOf, namedPlaces, unplaced } from "../sources/places.js";
import { deliveredName, type FoundDelivery, type SourceScheme } from "../sources/source-scheme.js";

interface Looked {
  readonly dataDir: string;
  readonly sources: readonly Source[];
}

/** What the places that definitions name have; null: any delivery, because their sources depend on its date alone. */
export type InPlaces = readonly (readonly FoundDelivery[] | null)[];

/** @throws whatever keeps a place from being listed */
export async function findInPlaces(context: Looked, signal: AbortSignal): Promise<InPlaces> {
  const found: (readonly FoundDelivery[] | null)[] = [];
  for (const place of namedPlaces(context.sources))
    found.push(await place.scheme.deliveries(contextOf(place, context), signal));
  return found;
}

/**
 * The deliveries of a scheme that an ingest's `source` can name: those whose every source is there, wherever it comes from.
 * @throws whatever keeps it from looking
 */
export async function findDeliveries(
  scheme: SourceScheme,
  inPlaces: InPlaces,
  { dataDir, sources }: Looked,
  signal: AbortSignal,
): Promise<FoundDelivery[]> {
  const rest = unplaced(sources);
  const own = rest.length === 0 ? null : await scheme.deliveries({ dataDir, sources: rest }, signal);
  const listed = [own, ...inPlaces].filter((found) => found !== null);
  const queries = await queriesOf({ dataDir, sources });
  const [first, ...others] = listed.map((found) => new Map(found.map((each) => [each.name, each])));
  // Of a deployment of nothing but queries, today can be ingested whenever somebody asks for it.
  if (!first) return [{ name: new Date().toISOString().slice(0, 10), files: queries, modifiedAt: null }];
  const complete = [...first.values()].filter(({ name }) => others.every((found) => found.has(name)));
  return complete.map(({ name }) => {
    const parts = [first, ...others].map((found) => found.get(name)!);
    const files = [...parts.flatMap((part) => part.files), ...queries];
    const times = parts.flatMap(({ modifiedAt }) => modifiedAt?.getTime() ?? []);
    return {
      name,
      files: sources.flatMap((source) => files.filter((file) => file.source === source.name)),
      modifiedAt: times.length > 0 ? new Date(Math.max(...times)) : null,
    };
  });
}

/** Of sources that depend on the date alone. */
async function queriesOf({ dataDir, sources }: Looked): Promise<FoundDelivery["files"]> {
  const files: FoundDelivery["files"] = [];
  for (const place of namedPlaces(sources)) {
    if (!place.scheme.snapshot) continue;
    const asOf = new Date().toISOString().slice(0, 10);
    for (const file of await place.scheme.list("", contextOf(place, { dataDir, asOf })))
      files.push({ source: file.source, name: deliveredName(file), bytes: 0 });
  }
  return files;
}
