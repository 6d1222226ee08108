import { stdSerializers } from "pino";

/** Of PostgreSQL's errors these name things; `detail`, `where` and others quote rows. */
const NAMES = [
  ...["code", "severity", "schema", "table", "column", "constraint", "dataType"],
  ...["routine", "file", "line", "position"],
];

/** SQLSTATE classes of errors about a value: their messages quote it. */
const ABOUT_VALUES = /^(22|23)/;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

type Fields = Error & { code?: unknown; severity?: unknown; errors?: unknown };

const isOfPostgres = ({ code, severity }: Fields): boolean =>
  typeof severity === "string" && typeof code === "string" && /^[0-9A-Z]{5}$/.test(code);

/** As pino writes an error, without what it quotes of rows: no value of a column is in a log, whoever reads that. */
export const loggedError = (error: unknown): unknown =>
  stdSerializers.err(withoutValues(error) as Error) as unknown;

function withoutValues(given: unknown): unknown {
  if (!(given instanceof Error)) return given;
  const error: Fields = given;
  const ofPostgres = isOfPostgres(error);
  const quotes = error instanceof SyntaxError || (ofPostgres && ABOUT_VALUES.test(String(error.code)));
  const hasParts = error.cause instanceof Error || Array.isArray(error.errors);
  if (!ofPostgres && !quotes && !hasParts) return error;
  const scrub = (text: string) => (quotes ? text.replace(QUOTED, '"…"') : text);
  const clean = new Error(scrub(error.message));
  clean.name = error.name;
  if (error.stack !== undefined) clean.stack = scrub(error.stack);
  const kept = Object.entries(error).filter(([name]) => !ofPostgres || NAMES.includes(name));
  Object.assign(clean, Object.fromEntries(kept));
  if (error.cause !== undefined) clean.cause = withoutValues(error.cause);
  if (Array.isArray(error.errors)) Object.assign(clean, { errors: error.errors.map(withoutValues) });
  Object.defineProperty(clean, "constructor", { value: error.constructor, enumerable: false });
  return clean;
}
