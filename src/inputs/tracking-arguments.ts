import { BadUserInputError, RunNotFoundError } from "../errors/errors.js";
import type { NewArtifact } from "../registry/artifact-store.js";
import type { MetricPoint, RunFilter } from "../registry/run.js";
import { isRunId, maxBatchRows, parseJson, parseName } from "./arguments.js";

export const maxArtifactBytes = 64 * 1024 * 1024;
export const maxInlineArtifactBytes = 2 * 1024 * 1024;
const maxNoteLength = 20_000;
const maxTagLength = 2_000;
const maxObjectLength = 256 * 1024;

/** Run ids are UUIDs; anything else names no run. @throws {RunNotFoundError} */
export function parseRunId(id: string): string {
  if (!isRunId(id)) throw new RunNotFoundError(id);
  return id.toLowerCase();
}

/** @throws {BadUserInputError} no UUID */
export function parseNewRunId(id: string | null | undefined, argument: string): string | null {
  if (id === null || id === undefined) return null;
  if (isRunId(id)) return id.toLowerCase();
  throw new BadUserInputError(`${argument}: a UUID was expected; got ${JSON.stringify(id.slice(0, 60))}`, {
    argument,
  });
}

/** @throws {BadUserInputError} no JSON object, or one of more than 256 KiB as text */
export function parseObject(value: unknown, argument: string): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  const refuse = (got: string): never => {
    throw new BadUserInputError(`${argument}: a JSON object was expected; got ${got}`, { argument });
  };
  if (typeof value !== "object" || Array.isArray(value)) return refuse(JSON.stringify(value).slice(0, 100));
  const length = JSON.stringify(value).length;
  if (length > maxObjectLength) refuse(`one of ${length} characters, ${maxObjectLength} are accepted`);
  parseJson(value, argument);
  return value as Record<string, unknown>;
}

const maxConditions = 20;

/** As clients ask: by the name of an experiment. */
type AskedFilter = Omit<RunFilter, "experiment"> & { experiment?: string | null };

/** @throws {BadUserInputError} a name that cannot be one, or more than 20 conditions of a kind */
export function parseRunFilter<F extends AskedFilter>(filter: F): F {
  if (filter.experiment) parseName(filter.experiment, "where.experiment");
  if (filter.model) parseName(filter.model, "where.model");
  if (filter.actor) parseName(filter.actor, "where.actor");
  if (filter.metric) parseName(filter.metric.name, "where.metric.name");
  for (const kind of ["metrics", "params", "tags"] as const) {
    const conditions = filter[kind] ?? [];
    if (conditions.length > maxConditions) {
      throw new BadUserInputError(
        `where.${kind}: at most ${maxConditions} were expected; got ${conditions.length}`,
      );
    }
    for (const [index, { name }] of conditions.entries()) parseName(name, `where.${kind}[${index}].name`);
  }
  for (const { value } of filter.params ?? []) parseJson(value, "where.params");
  for (const { value } of filter.tags ?? []) parseJson(value, "where.tags");
  return filter;
}

/** Texts by name, and null where `nullable`. @throws {BadUserInputError} */
export function parseTags<N extends boolean>(
  value: unknown,
  argument: string,
  nullable: N,
): Record<string, N extends true ? string | null : string> {
  const tags = parseObject(value, argument);
  for (const [name, text] of Object.entries(tags)) {
    parseName(name, `${argument}: the name ${JSON.stringify(name.slice(0, 40))}`);
    if (nullable && text === null) continue;
    if (typeof text === "string" && text.length <= maxTagLength) continue;
    throw new BadUserInputError(
      `${argument}.${name}: a text of at most ${maxTagLength} characters was expected; got ${JSON.stringify(text).slice(0, 100)}`,
      { argument },
    );
  }
  return tags as Record<string, string>;
}

/** @throws {BadUserInputError} longer than 20 000 characters, or with a NUL character */
export function parseNote<T extends string | null | undefined>(note: T, argument: string): T {
  if (!note) return note;
  if (note.length > maxNoteLength) {
    throw new BadUserInputError(
      `${argument} cannot be used: it has ${note.length} characters; at most ${maxNoteLength} are accepted`,
      { argument },
    );
  }
  parseJson(note, argument);
  return note;
}

/** @throws {BadUserInputError} none, or more than 10 000, or a name that cannot be one */
export function parsePoints(points: readonly GivenPoint[]): readonly MetricPoint[] {
  if (points.length < 1 || points.length > maxBatchRows) {
    throw new BadUserInputError(
      `metrics: 1 to ${maxBatchRows} points were expected; got ${points.length}; split the request`,
      { argument: "metrics" },
    );
  }
  return points.map(({ value, text, ...point }, index) => {
    const argument = `metrics[${index}]`;
    parseName(point.name, `${argument}.name`);
    parseStep(point.step ?? 0, `${argument}.step`);
    return { ...point, value: parseMetric(value, text, argument) };
  });
}

/** A point as it is given: a number, or the text of one that JSON has not. */
type GivenPoint = Omit<MetricPoint, "value"> & { value?: number | null; text?: string | null };

/** @throws {BadUserInputError} neither or both, or another text than NaN, Infinity and -Infinity */
function parseMetric(
  value: number | null | undefined,
  text: string | null | undefined,
  argument: string,
): number {
  const isGiven = value !== null && value !== undefined;
  if (isGiven && (text === null || text === undefined)) return value;
  if (!isGiven && typeof text === "string" && /^(NaN|-?Infinity)$/.test(text)) return Number(text);
  throw new BadUserInputError(
    `${argument}: a value was expected, or the text NaN, Infinity or -Infinity; got ${JSON.stringify({ value, text: text?.slice(0, 40) })}`,
    { argument },
  );
}

/** @throws {BadUserInputError} no whole number of up to 53 bits */
export function parseStep(step: number, argument: string): number {
  if (Number.isSafeInteger(step)) return step;
  throw new BadUserInputError(
    `${argument}: a whole number between -2^53 and 2^53 was expected; got ${step}`,
    { argument },
  );
}

/** @throws {BadUserInputError} a name with a slash, a media type that is none, or nothing inside */
export function parseArtifact({ name, mediaType, bytes }: NewArtifact): NewArtifact {
  parseName(name, "name");
  if (/[/\\]/.test(name)) {
    throw new BadUserInputError(
      `name: a file name without slashes was expected; got ${JSON.stringify(name)}`,
      {
        argument: "name",
      },
    );
  }
  if (mediaType.length > 100 || !/^[\w.+-]+\/[\w.+-]+( *; *[\w-]+=[\w.-]+)*$/.test(mediaType)) {
    throw new BadUserInputError(
      `mediaType: a media type such as text/csv was expected; got ${JSON.stringify(mediaType.slice(0, 100))}`,
      { argument: "mediaType" },
    );
  }
  if (bytes.byteLength === 0) throw new BadUserInputError(`artifact ${JSON.stringify(name)} is empty`);
  return { name, mediaType, bytes };
}

/** @throws {BadUserInputError} no base64, or more than 2 MiB of it */
export function parseBase64(base64: string, argument: string, maxBytes = maxInlineArtifactBytes): Buffer {
  // Longer by line ends at most; decoding what is far too long would cost more than the refusal.
  const bytes = base64.length > maxBytes * 2 ? null : Buffer.from(base64, "base64");
  if (!bytes || bytes.byteLength > maxBytes) {
    throw new BadUserInputError(
      `${argument}: at most ${maxBytes} bytes are accepted here; POST /runs/:id/artifacts/:name takes up to ${maxArtifactBytes}`,
      { argument },
    );
  }
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(base64)) {
    throw new BadUserInputError(`${argument}: base64 was expected`, { argument });
  }
  return bytes;
}
