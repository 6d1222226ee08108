import type { AsDeclared } from "../../formats/file-format.js";

/** What is wrong with a file's header, each in words; empty where it has the columns expected, in any order. */
export function headerProblems(
  header: readonly string[],
  { columns: expected, delimiter, extraColumns }: AsDeclared,
): string[] {
  const separator = otherSeparator(header, expected, delimiter);
  if (separator) {
    const declared = SEPARATORS.find(([character]) => character === delimiter)?.[1] ?? `"${delimiter}"`;
    return [`the columns are separated by ${separator}; separate them by ${declared}`];
  }
  const [there, declared] = [new Set(header), new Set(expected)];
  const missing = expected.filter((name) => !there.has(name));
  const extra = extraColumns === "ignore" ? [] : header.filter((name) => !declared.has(name));
  const unknown = extra.slice(0, MAX_NAMED);
  const repeated = repeatedNames(
    extraColumns === "ignore" ? header.filter((name) => declared.has(name)) : header,
  );
  const meant = (name: string) => missing.find((other) => other === plain(name));
  return [
    ...missing.map((name) => `${name} is missing`),
    ...unknown.map((name) => {
      const other = meant(name);
      const shown = JSON.stringify(name.slice(0, 100));
      return other ? `${shown} is not declared, write it ${other}` : `${shown} is not declared`;
    }),
    ...repeated.map((name) => `${name.slice(0, 100)} is there twice`),
  ];
}

/** A header may have a million undeclared names. */
const MAX_NAMED = 100;

/** The first names that are there again. */
function repeatedNames(header: readonly string[]): string[] {
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const name of header) {
    if (seen.has(name)) repeated.push(name);
    seen.add(name);
    if (repeated.length === MAX_NAMED) break;
  }
  return repeated;
}

const SEPARATORS: [string, string][] = [
  [",", "commas"],
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "vertical bars"],
];

/** All columns in one, as spreadsheets of some countries write them. */
function otherSeparator(
  [only, ...others]: readonly string[],
  expected: readonly string[],
  delimiter: string,
): string | null {
  if (only === undefined || others.length > 0 || expected.length < 2) return null;
  const found = SEPARATORS.find(
    ([separator]) =>
      separator !== delimiter &&
      only.includes(separator) &&
      only.split(separator, MAX_NAMED).some((name) => expected.includes(name)),
  );
  return found ? found[1] : null;
}

/** As it would be, had it been written like the names that are declared. */
const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
