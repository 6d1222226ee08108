import { BadUserInputError } from "../../errors/errors.js";
import { Registry } from "../../values/registry.js";
import { folder } from "./folder/folder.js";
import { s3Scheme } from "./s3/s3.js";
import type { SourceScheme } from "./source-scheme.js";
import { sqlScheme } from "./sql/sql.js";

/** Where deliveries can come from. */
export const builtInSourceSchemes = [folder, s3Scheme, sqlScheme] as const satisfies readonly SourceScheme[];

export const sourceSchemes = new Registry<SourceScheme>("source scheme", builtInSourceSchemes);

/**
 * The scheme of a `source` text.
 * @throws {BadUserInputError} it is of none
 */
export function schemeOf(source: string): SourceScheme {
  for (const scheme of sourceSchemes) if (scheme.recognises(source)) return scheme;
  const named = [...sourceSchemes].filter(({ writtenAs }) => writtenAs !== null);
  const written = named.map(({ writtenAs }) => writtenAs).join("; or ");
  const what = named.length === 1 ? `no ${named[0]!.name} name` : "no source";
  throw new BadUserInputError(`source: ${JSON.stringify(source)} is ${what}; name ${written}`, { source });
}
