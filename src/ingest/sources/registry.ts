import { BadUserInputError } from "../../errors/errors.js";
import { Registry } from "../../values/registry.js";
import { folder } from "./folder/folder.js";
import type { SourceScheme } from "./source-scheme.js";

/** Where deliveries can come from. */
export const builtInSourceSchemes = [folder] as const satisfies readonly SourceScheme[];

export const sourceSchemes = new Registry<SourceScheme>("source scheme", builtInSourceSchemes);

/**
 * The scheme of a `source` text.
 * @throws {BadUserInputError} it is of none
 */
export function schemeOf(source: string): SourceScheme {
  for (const scheme of sourceSchemes) if (scheme.recognises(source)) return scheme;
  const written = [...sourceSchemes].map(({ writtenAs }) => writtenAs).join("; or ");
  const what = sourceSchemes.names().length === 1 ? `no ${sourceSchemes.names()[0]} name` : "no source";
  throw new BadUserInputError(`source: ${JSON.stringify(source)} is ${what}; name ${written}`, { source });
}
