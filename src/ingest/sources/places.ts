import { isSometimes } from "../../definitions/language/cadence.js";
import { about, type Refuse } from "../../definitions/language/contradictions.js";
import type { Source } from "../../definitions/language/deployment.js";
import { type Origin, schemeOfOrigin } from "../../definitions/language/origin.js";
import { SourceNotFoundError } from "../../errors/errors.js";
import { schemeOf, sourceSchemes } from "./registry.js";
import { deliveredName, type ListedFile, type SourceContext, type SourceScheme } from "./source-scheme.js";

/** Sources that come from the same place. */
export interface DataPlace {
  readonly scheme: SourceScheme;
  /** What their definitions say of where they are; null: the ingest's `source` does. */
  readonly at: string | null;
  readonly sources: readonly Source[];
}

/** A folder, a URL, a variable's name; null: what the ingest names. */
const at = (origin: Origin | undefined): string | null =>
  (origin?.kind === "sql" ? origin.variable : origin?.at) ?? null;

/** The places that definitions name, in the order of their sources. */
export function namedPlaces(sources: readonly Source[]): DataPlace[] {
  const places = new Map<string, DataPlace>();
  for (const source of sources) {
    const name = schemeOfOrigin(source.from);
    if (name === null) continue;
    const key = `${name}\0${at(source.from)}`;
    const place = places.get(key) ?? { scheme: sourceSchemes.get(name), at: at(source.from), sources: [] };
    places.set(key, { ...place, sources: [...place.sources, source] });
  }
  return [...places.values()];
}

/** The environment variables that the definitions' places are read by. */
export const placeVariables = (sources: readonly Source[]): string[] => [
  ...new Set(
    sources.flatMap(({ from }) => {
      const name = schemeOfOrigin(from);
      return name === null ? [] : (sourceSchemes.find(name)?.placed?.variables(from!) ?? []);
    }),
  ),
];

/** Refuses places of no scheme, and those that their scheme cannot read. */
export function checkDeclaredPlaces(sources: readonly Source[], refuse: Refuse): void {
  for (const source of sources) {
    const name = schemeOfOrigin(source.from);
    if (name === null) continue;
    const refuseOrigin = about(`source ${source.name}: from`, refuse);
    const placed = sourceSchemes.find(name)?.placed;
    const problem = placed?.problem(source.from!);
    if (problem) refuseOrigin(problem);
    if (placed) continue;
    const known = [...sourceSchemes].filter((scheme) => scheme.placed).map((scheme) => scheme.name);
    refuseOrigin(`no scheme reads ${name}://; known: ${known.join(", ")}`);
  }
}

/** Those that come from wherever the ingest's `source` is. */
export const unplaced = (sources: readonly Source[]): Source[] =>
  sources.filter(({ from }) => schemeOfOrigin(from) === null);

/**
 * Where the sources of a delivery come from.
 * @param delivery the `source` of an ingest
 * @throws {BadUserInputError} it is of no scheme
 */
export function placesOf(delivery: string, sources: readonly Source[]): DataPlace[] {
  const scheme = schemeOf(delivery);
  const rest = unplaced(sources);
  return [...(rest.length > 0 ? [{ scheme, at: null, sources: rest }] : []), ...namedPlaces(sources)];
}

/**
 * Asks the places of a delivery, one after another. One that has nothing of it is left out where all that comes from there comes
 * sometimes, and another place has something.
 * @throws what the work throws otherwise
 */
export async function ofEachPlace<Found>(
  places: readonly DataPlace[],
  work: (place: DataPlace) => Promise<Found>,
): Promise<{ place: DataPlace; found: Found }[]> {
  const found: { place: DataPlace; found: Found }[] = [];
  let lacking: unknown = null;
  for (const place of places) {
    try {
      found.push({ place, found: await work(place) });
    } catch (error) {
      if (!(error instanceof SourceNotFoundError && place.sources.every(isSometimes))) throw error;
      lacking ??= error;
    }
  }
  if (found.length === 0 && lacking) throw lacking;
  return found;
}

/** What its scheme is asked with. */
export const contextOf = (
  { at, sources }: DataPlace,
  { dataDir, asOf }: Pick<SourceContext, "dataDir" | "asOf">,
): SourceContext => ({ dataDir, sources, at, ...(asOf === undefined ? {} : { asOf }) });

/** One file for each source of the place. @throws what its scheme's `list` throws */
export async function listPlace(
  place: DataPlace,
  delivery: string,
  context: SourceContext,
  signal: AbortSignal,
): Promise<ListedFile[]> {
  const listed = await place.scheme.list(delivery, context, signal);
  const { scheme, at } = place;
  if (at === null) return listed;
  const folder = `${at.replace(/\/+$/, "")}/${delivery}`;
  const from = (file: ListedFile) => (scheme.snapshot ? at : `${folder}/${deliveredName(file)}`);
  return listed.map((file) => ({ ...file, scheme: scheme.name, from: from(file) }));
}
