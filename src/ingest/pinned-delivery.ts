import type { Pool } from "../db/pool.js";
import type { Source } from "../definitions/language/deployment.js";
import { keepRows, keptRows } from "./kept-rows.js";
import { contextOf, type DataPlace, listPlace, ofEachPlace, placesOf } from "./sources/places.js";
import { schemeOf, sourceSchemes } from "./sources/registry.js";
import {
  type DeliveredFile,
  type FileReader,
  fileChanged,
  type ListedFile,
  type OnBytes,
  type SourceContext,
} from "./sources/source-scheme.js";

interface Delivery {
  readonly runId: string;
  /** The `source` of the ingest. */
  readonly source: string;
  readonly asOf: string;
  readonly dataDir: string;
  readonly sources: readonly Source[];
}

/**
 * Finds every source's data wherever it comes from, and pins it: what is read afterwards is this, or the run fails.
 * @param onListed called with the bytes that are to be read, as far as they are known
 * @throws what the schemes throw; {ConflictError} something changed meanwhile
 */
export async function pinDelivery(
  pool: Pool,
  delivery: Delivery,
  onListed: (bytes: number) => OnBytes,
  signal: AbortSignal,
): Promise<DeliveredFile[]> {
  const { source, sources } = delivery;
  const inPlaces = await ofEachPlace(placesOf(source, sources), (place) =>
    listPlace(place, source, contextOf(place, delivery), signal),
  );
  const listed = inPlaces.map(({ place, found }) => ({
    ...{ place, files: found },
    context: contextOf(place, delivery),
  }));
  const onBytes = onListed(
    listed.reduce((sum, { files }) => files.reduce((bytes, file) => bytes + file.bytes, sum), 0),
  );
  const pinned: DeliveredFile[] = [];
  for (const { place, context, files } of listed) {
    const { scheme } = place;
    if (scheme.snapshot) {
      pinned.push(...(await keepAtOnce(pool, delivery.runId, place, files, context, onBytes, signal)));
      continue;
    }
    for (const file of files) {
      const known = await scheme.fingerprint(file, onBytes, signal).catch((error: unknown) => {
        throw file.scheme !== undefined && scheme.isGone(error) ? fileChanged(file) : error;
      });
      pinned.push(known);
    }
    await scheme.requireUnchanged?.(source, files, context, signal);
  }
  return sources.flatMap(({ name }) => pinned.filter((file) => file.source === name));
}

async function keepAtOnce(
  pool: Pool,
  runId: string,
  { scheme }: DataPlace,
  files: readonly ListedFile[],
  context: SourceContext,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<DeliveredFile[]> {
  const rows = await scheme.snapshot!(files, context, signal);
  try {
    const kept: DeliveredFile[] = [];
    for (const file of files) kept.push(await keepRows(pool, runId, file, rows.records(file), onBytes));
    return kept;
  } finally {
    await rows.close();
  }
}

/** What reads the files that `pinDelivery` pinned, in any process that goes on with the run. */
export function deliveryReader(pool: Pool, runId: string, source: string): FileReader {
  const schemeOfFile = ({ scheme }: ListedFile) =>
    scheme === undefined ? schemeOf(source) : sourceSchemes.get(scheme);
  return {
    open: (file) =>
      schemeOfFile(file).snapshot ? keptRows(pool, runId, file) : schemeOfFile(file).open(file),
    fingerprint: (file, onBytes, signal) => schemeOfFile(file).fingerprint(file, onBytes, signal),
    isGone: (error) => [...sourceSchemes].some((scheme) => scheme.isGone(error)),
  };
}
