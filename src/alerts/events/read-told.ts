import { z } from "zod";
import { shapeProblem } from "../../values/shape-problem.js";
import { storable } from "../../values/text.js";
import type { Told } from "./alert-event.js";

/** Of one message: the largest built-in one names the features of a thousand views. */
const MOST_BYTES = 262_144;
/** PostgreSQL reads JSON by recursion. */
const DEEPEST = 32;

const text = (most: number) => z.string().min(1).max(most);
const toldShape = z.object({
  // By it BEGAN and ENDED find each other, in an index.
  subject: text(500),
  summary: text(10_000),
  page: text(2_000).startsWith("/", "a path of the console, such as /runs, was expected"),
  data: z.record(z.string(), z.unknown()),
});

/** What an event tells cannot be sent. The message says why, in words of ours: it quotes nothing. */
export class MalformedToldError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MalformedToldError";
  }
}

/**
 * What an event tells as it can be kept and sent: events come from outside, and one may answer with anything. Of texts what no
 * database holds is replaced.
 * @throws {MalformedToldError}
 */
export function readTold(given: unknown): Told {
  if (given instanceof Promise) {
    // Nobody waits for it, and its failure must not end the process.
    given.catch(() => {});
    throw new MalformedToldError("it answers with a promise where what is told was expected");
  }
  const json = jsonOf(given);
  const bytes = Buffer.byteLength(json);
  if (bytes > MOST_BYTES)
    throw new MalformedToldError(`it tells ${bytes} bytes; at most ${MOST_BYTES} are sent`);
  const { data, error } = toldShape.safeParse(cleaned(JSON.parse(json), DEEPEST));
  if (data) return data;
  const problems = error.issues.map((issue) => {
    const path = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    return path + shapeProblem(issue);
  });
  throw new MalformedToldError(problems.join("; "));
}

function jsonOf(given: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(given);
  } catch {
    // A circle, a BigInt, or something of its own that throws.
  }
  if (json === undefined) throw new MalformedToldError("what it tells is no JSON");
  return json;
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value === "string") return storable(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) throw new MalformedToldError(`it tells more than ${DEEPEST} levels of JSON`);
  if (Array.isArray(value)) return value.map((each) => cleaned(each, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [storable(name), cleaned(each, depth - 1)]),
  );
}
