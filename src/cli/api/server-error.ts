import { CommandError, UsageError } from "../errors.js";
import type { ApiParameter } from "./parameters.js";

export interface ServerError {
  message: string;
  extensions?: { code?: string };
}

const INVALID = /^Variable "\$(\w+)" got invalid value (.*?)(?: at "([^"]+)")?; (.*)$/s;

/** What the server answered, in terms of the command line: an option it names is named as it was typed. */
export function explained(
  { message, extensions }: ServerError,
  parameters: readonly ApiParameter[],
  labels: (parameter: ApiParameter) => string,
): Error {
  const code = extensions?.code ?? "ERROR";
  if (code !== "BAD_USER_INPUT") return new CommandError(`${code}: ${message}`);
  const [, variable, value, path = variable, reason = ""] = INVALID.exec(message) ?? [];
  if (path) {
    const parameter = parameters.find((each) => isWithin(path, each.path.join(".")));
    const inside = parameter ? path.slice(parameter.path.join(".").length) : "";
    if (parameter)
      return new UsageError(
        `${labels(parameter)}${inside} ${value}: ${reason.replace(/; got "[^"]*"$/, "")}`,
      );
  }
  // `testFraction: …` or `input.testFraction: …`
  const [, named, rest] = /^(?:\w+\.)*(\w+)(: .*)$/s.exec(message) ?? [];
  const parameter = parameters.find(({ path }) => path.at(-1) === named);
  return parameter ? new UsageError(`${labels(parameter)}${rest}`) : new CommandError(`${code}: ${message}`);
}

const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
