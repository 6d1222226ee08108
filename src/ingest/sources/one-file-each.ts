import { isSometimes } from "../../definitions/language/cadence.js";
import type { Source } from "../../definitions/language/deployment.js";
import { BadUserInputError, SourceNotFoundError } from "../../errors/errors.js";
import { acceptedFormats } from "../formats/registry.js";
import { deliveredName, type ListedFile } from "./source-scheme.js";

/** A delivery's name: what a folder may be called everywhere. */
export const isDeliveryName = (text: string): boolean => FOLDER_NAME.test(text) && !text.includes("..");
const FOLDER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** @throws {BadUserInputError} a place that definitions name has no delivery of such a name */
export function requireDeliveryName(text: string): void {
  if (isDeliveryName(text)) return;
  throw new BadUserInputError(
    `source: ${JSON.stringify(text)} is no delivery's name: letters, digits, '.', '_' and '-'`,
    { source: text },
  );
}

/** The names that a source's file may have. */
export const fileNamesOf = ({ name, file = name }: Source): string[] =>
  acceptedFormats().map(({ extension }) => file + extension);

/**
 * What keeps a delivery from being ingested: the sources that it lacks and that come always, or, of one that holds nothing, all.
 * @param found the names of the sources that it holds
 */
export function missingSources(sources: readonly Source[], found: readonly string[]): Source[] {
  const lacking = sources.filter(({ name }) => !found.includes(name));
  return lacking.length === sources.length ? lacking : lacking.filter((source) => !isSometimes(source));
}

/**
 * One file for each source that a delivery has, in their order.
 * @param found of a source, every file that it could be
 * @throws {SourceNotFoundError} files are missing that every delivery has; the message lists all of them
 * @throws {BadUserInputError} a source is there in more than one format
 */
export function oneFileEach<File extends ListedFile>(
  delivery: string,
  sources: readonly Source[],
  found: (source: Source) => readonly File[],
): File[] {
  const [, ...others] = acceptedFormats().map(({ extension }) => extension);
  const files: File[] = [];
  for (const source of sources) {
    const [file, ...more] = found(source);
    if (!file) continue;
    if (more.length > 0) {
      const names = [file, ...more].map(deliveredName).join(" and ");
      throw new BadUserInputError(`source: ${delivery} has ${names}; keep the one that is to be ingested`, {
        source: delivery,
      });
    }
    files.push(file);
  }
  const held = files.map(({ source }) => source);
  const missing = missingSources(sources, held).map((source) => fileNamesOf(source)[0]!);
  if (missing.length === 0) return files;
  const accepted = `${new Intl.ListFormat("en-GB").format(others)} are accepted, too`;
  if (files.length === 0 && sources.some(isSometimes))
    throw new SourceNotFoundError(delivery, `it holds none of ${missing.join(", ")}; ${accepted}`);
  const isOne = missing.length === 1;
  const remedy = `declare ${isOne ? "a source that comes" : "sources that come"} less often delivered: "sometimes"`;
  throw new SourceNotFoundError(
    delivery,
    `${missing.join(", ")} ${isOne ? "is" : "are"} missing; ${accepted}; ${remedy}`,
  );
}

/** The file of a source under one of its names. */
export const listedAs = (
  source: Source,
  name: string,
): Pick<ListedFile, "source" | "file" | "extension"> => ({
  source: source.name,
  ...(source.file === undefined ? {} : { file: source.file }),
  extension: name.slice((source.file ?? source.name).length),
});
