import { readFileSync } from "node:fs";
import { camelCase } from "../definitions/language/names.js";
import { jsonProblem } from "../values/exact-json.js";
import { suggestion } from "../values/suggestion.js";
import { UsageError } from "./errors.js";

/** What an option or an argument takes. */
export interface Kind {
  /** What help shows in its place; null for a flag, which takes no value. */
  readonly placeholder: string | null;
  /** All values it takes, as they are typed; empty where they cannot be listed. */
  readonly values: readonly string[];
  /** @throws {UsageError} the text is no such value; `label` says of which option */
  parse(label: string, text: string): unknown;
}

/** Any text; what it has to be is the server's to judge. */
export const text = (placeholder: string): Kind => ({ placeholder, values: [], parse: (_, text) => text });

/** On where it is given; `--no-…` turns off what is on otherwise. */
export const flag: Kind = { placeholder: null, values: [], parse: () => true };
export const flagOff: Kind = { placeholder: null, values: [], parse: () => false };

const numberOf = (what: string, accepts: (value: number) => boolean): Kind => ({
  placeholder: "n",
  values: [],
  parse: (label, text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (accepts(value)) return value;
    throw new UsageError(`${label} ${JSON.stringify(text)}: ${what} is expected`);
  },
});
export const wholeNumberKind = numberOf("a whole number", Number.isSafeInteger);
export const numberKind = numberOf("a number", Number.isFinite);

/** A value of a GraphQL enum, typed in any case and with dashes. */
export function enumKind(enumValues: readonly string[]): Kind {
  const values = enumValues.map(typed);
  return {
    placeholder: "value",
    values,
    parse: (label, text) => {
      const at = values.indexOf(typed(text));
      if (at >= 0) return enumValues[at];
      throw new UsageError(
        `${label} ${JSON.stringify(text)}: expected is one of ${values.join(", ")}${suggestion(text, values)}`,
      );
    },
  };
}

/** As it is typed: `GRADIENT_BOOSTING` is `gradient-boosting`. */
export const typed = (value: string): string => value.toLowerCase().replaceAll("_", "-");

/** JSON, or the file that holds it. */
export const jsonKind: Kind = {
  placeholder: "json|@file",
  values: [],
  parse: (label, given) => {
    const text = given.startsWith("@") ? readFile(label, given.slice(1)).toString("utf8") : given;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new UsageError(`${label} ${JSON.stringify(given)} is no JSON: ${(error as Error).message}`);
    }
    const problem = jsonProblem(text);
    if (problem) throw new UsageError(`${label}: ${problem}`);
    return value;
  },
};

/**
 * A key of several columns: its parts, each percent-encoded, joined by ":", as in ids and addresses; or JSON.
 * @param fields what GraphQL calls the columns
 */
export function keyKind(fields: readonly string[]): Kind {
  const placeholder = fields
    .map((field) => `<${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}>`)
    .join(":");
  return {
    placeholder,
    values: [],
    parse: (label, text) => {
      if (text.startsWith("{")) return byField(jsonKind.parse(label, text) as Record<string, unknown>);
      const parts = text.split(":");
      try {
        if (parts.length === fields.length)
          return Object.fromEntries(fields.map((field, place) => [field, decodeURIComponent(parts[place]!)]));
      } catch {
        // Not percent-encoded: refused below.
      }
      throw new UsageError(
        `${label} ${JSON.stringify(text)}: ${placeholder} was expected, each percent-encoded, or JSON by column`,
      );
    },
  };
}

/** JSON names the columns as files do. */
const byField = (key: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(key).map(([name, value]) => [camelCase(name), value]));

/** The bytes of a file, as GraphQL takes them. */
export const base64File: Kind = {
  placeholder: "file",
  values: [],
  parse: (label, path) => readFile(label, path).toString("base64"),
};

function readFile(label: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${label}: ${(error as Error).message}`);
  }
}
