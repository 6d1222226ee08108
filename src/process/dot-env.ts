import { readFileSync } from "node:fs";
import { populate } from "dotenv";

/** A variable, a file of them or a folder they name cannot be used; the message says which, why, and what to do. */
export class ConfigError extends Error {}

/** As dotenv's own: a value may be quoted and then have many lines. */
const LINE =
  /^[^\S\n]*(?:export\s+)?([\w.-]+)(?:[^\S\n]*=[^\S\n]*?|:\s+?)([^\S\n]*'(?:\\'|[^'])*'|[^\S\n]*"(?:\\"|[^"])*"|[^\S\n]*`(?:\\`|[^`])*`|[^#\n]+)?([^\S\n]*#.*)?$/gm;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * The variables of a `.env` file, as dotenv reads them.
 * @throws {ConfigError} a line says something else than it seems to; no value is repeated, as it may be a secret
 */
export function parseDotEnv(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const problems: [number, string][] = [];
  const lines = text.replace(/\r\n?/g, "\n");
  const lineAt = (at: number) => lines.slice(0, at).split("\n").length;
  const rest = lines.replace(LINE, (whole, name: string, raw = "", comment = "", at: number) => {
    const value = raw.trim();
    const quote = /^['"`]/.exec(value)?.[0];
    const closed = quote && value.length > 1 && value.endsWith(quote);
    if (!NAME.test(name)) problems.push([lineAt(at), `${name} is no name of a variable`]);
    else if (quote && !closed) problems.push([lineAt(at), `the quote after ${name}= is not closed`]);
    else if (!quote && comment.startsWith("#") && /\S$/.test(raw))
      problems.push([lineAt(at), `${name} is cut off at its #; put the value in quotes`]);
    else found[name] = unquote(value, quote);
    return whole.replace(/[^\n]/g, "");
  });
  rest.split("\n").forEach((line, at) => {
    if (line.trim() !== "" && !line.trim().startsWith("#")) problems.push([at + 1, "NAME=value is expected"]);
  });
  if (problems.length === 0) return found;
  const said = problems.sort(([a], [b]) => a - b).map(([line, problem]) => `line ${line}: ${problem}`);
  throw new ConfigError(`.env cannot be used: ${said.join("; ")} (see .env.example)`);
}

function unquote(value: string, quote: string | undefined): string {
  if (!quote) return value;
  const inner = value.slice(1, -1);
  return quote === '"' ? inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inner;
}

/**
 * Reads `.env` of the working directory, if there is one; what is set already wins.
 * @returns the names that it sets
 * @throws {ConfigError} the file cannot be read, or a line of it is malformed
 */
export function readDotEnv(env: NodeJS.ProcessEnv = process.env, file = ".env"): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new ConfigError(`.env cannot be used: ${(error as Error).message}`);
  }
  const values = parseDotEnv(text);
  populate(env as Record<string, string>, values);
  return Object.keys(values);
}
