import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import type { Run, RunKind } from "../registry/run.js";
import { defaultLearner, learners } from "../training/learners/registry.js";
import { instantExpected, parseInstant } from "../values/instant.js";
import { shapeProblem } from "../values/shape-problem.js";
import type { JobService } from "./job-service.js";

/** What a schedule starts: a kind of run, and what its mutation takes, with placeholders. */
export interface Task {
  kind: RunKind;
  params: Record<string, unknown>;
}

type Start = (jobs: JobService, actor: string) => Promise<Run>;

const date = z.iso.date({
  error: "a date such as 2024-01-31, or a placeholder that becomes one, was expected",
});
const text = z.string().min(1);

/** A kind of run, how its parameters are read, and what starts it. */
function kindOf<Params>(
  params: z.ZodType<Params>,
  start: (jobs: JobService, p: Params, actor: string) => Promise<Run>,
) {
  return (given: Record<string, unknown>): Start => {
    const read = parse(params, given);
    return (jobs, actor) => start(jobs, read, actor);
  };
}

/** The kinds that can be scheduled, with the defaults their mutations have. */
function taskKinds(
  defaultModel: string | undefined,
): Partial<Record<RunKind, (params: Record<string, unknown>) => Start>> {
  // Without a feature service there is none to take: it has to be named.
  const model = defaultModel === undefined ? text : text.default(defaultModel);
  const algorithm = z.enum(learners.names());
  const training = z.strictObject({
    asOf: date,
    labelAsOf: date.optional(),
    model,
    algorithm: algorithm.default(defaultLearner()),
    seed: z.number().default(42),
    testFraction: z.number().default(0.25),
    params: z.record(z.string(), z.unknown()).optional(),
    undeclared: z.enum(["REFUSE", "LEAVE_OUT"]).optional(),
  });
  const contest = training.extend({
    delta: z.number().default(0.01),
    candidates: z.array(algorithm).optional(),
  });
  const instant = z.string().transform((given, context) => {
    const parsed = parseInstant(given);
    if (parsed) return parsed;
    context.addIssue({ code: "custom", message: instantExpected(given) });
    return z.NEVER;
  });
  const served = z.strictObject({
    version: z.number().int().optional(),
    since: instant.optional(),
    until: instant.optional(),
  });
  const drift = z.strictObject({
    from: date,
    to: date.optional(),
    served: served.optional(),
    model,
    alpha: z.number().optional(),
    minPsi: z.number().optional(),
  });
  return {
    INGEST: kindOf(
      z.strictObject({ source: text, asOf: date, allowFuture: z.boolean().default(false) }),
      (jobs, params, actor) => jobs.ingest(params, actor),
    ),
    MATERIALIZE: kindOf(z.strictObject({ asOf: date.nullable().default(null) }), (jobs, params, actor) =>
      jobs.materialize(params, actor),
    ),
    DRIFT: kindOf(drift, (jobs, params, actor) => jobs.detectDrift(params, actor)),
    VERIFY_PARITY: kindOf(z.strictObject({}), (jobs, _params, actor) => jobs.verifyParity(actor)),
    TRAIN: kindOf(training, (jobs, params, actor) => jobs.train(params, actor)),
    TRAIN_AND_COMPARE: kindOf(contest, (jobs, { delta, ...params }, actor) =>
      jobs.trainAndCompare(params, delta, actor),
    ),
  };
}

/** Checks tasks and starts their runs. */
export class TaskStarter {
  readonly #kinds: ReturnType<typeof taskKinds>;

  constructor(defaultModel: string | undefined) {
    this.#kinds = taskKinds(defaultModel);
  }

  /**
   * @param task its placeholders filled in
   * @returns what starts it
   * @throws {BadUserInputError} the kind cannot be scheduled; a parameter is missing, unknown or of another type
   */
  prepare({ kind, params }: Task): Start {
    const prepare = this.#kinds[kind];
    if (prepare) return prepare(params);
    const kinds = Object.keys(this.#kinds).join(", ");
    throw new BadUserInputError(`kind: ${kind} runs cannot be scheduled; take one of ${kinds}`, { kind });
  }
}

function parse<Params>(schema: z.ZodType<Params>, given: Record<string, unknown>): Params {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const { path } = issue;
    const message = shapeProblem(issue);
    const at = ["params", ...path].join(".");
    return path.length === 0
      ? `${at}: ${message}`
      : `${at}: ${message}; got ${JSON.stringify(given[String(path[0])])}`;
  });
  throw new BadUserInputError(problems.join("; "), {
    parameters: parsed.error.issues.map(({ path }) => path.join(".")),
  });
}
