import { BadUserInputError } from "../errors/errors.js";
import type { Run, RunKind } from "../registry/run.js";
import type { JobService, TrainRequest } from "./job-service.js";

/** What a schedule starts: a kind of run, and what its mutation takes, with placeholders. */
export interface Task {
  kind: RunKind;
  params: Record<string, unknown>;
}

type Check = keyof typeof CHECKS;

interface TaskKind {
  required: Record<string, Check>;
  optional: Record<string, Check>;
  // biome-ignore lint/suspicious/noExplicitAny: checked against `required` and `optional` before
  start(jobs: JobService, params: any, actor: string): Promise<Run>;
}

const CHECKS = {
  text: { is: (value: unknown) => typeof value === "string" && value !== "", expected: "a text" },
  date: {
    is: (value: unknown) => typeof value === "string" && isCalendarDate(value),
    expected: "a date such as 2024-01-31, or a placeholder that becomes one",
  },
  number: { is: (value: unknown) => typeof value === "number", expected: "a number" },
  object: {
    is: (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value),
    expected: "an object",
  },
};

const TRAINING = {
  required: { asOf: "date" },
  optional: {
    labelAsOf: "date",
    model: "text",
    algorithm: "text",
    seed: "number",
    testFraction: "number",
    params: "object",
  },
} as const;

/** The kinds that can be scheduled, at `model`'s defaults where the params say nothing. */
function taskKinds(model: string): Partial<Record<RunKind, TaskKind>> {
  const training = (params: Partial<TrainRequest>): TrainRequest => ({
    model,
    algorithm: "GRADIENT_BOOSTING",
    seed: 42,
    testFraction: 0.25,
    ...(params as { asOf: string }),
  });
  return {
    INGEST: {
      required: { source: "text", asOf: "date" },
      optional: {},
      start: (jobs, params, actor) => jobs.ingest(params, actor),
    },
    MATERIALIZE: {
      required: {},
      optional: { asOf: "date" },
      start: (jobs, { asOf = null }, actor) => jobs.materialize({ asOf }, actor),
    },
    VERIFY_PARITY: {
      required: {},
      optional: {},
      start: (jobs, _params, actor) => jobs.verifyParity(actor),
    },
    TRAIN: { ...TRAINING, start: (jobs, params, actor) => jobs.train(training(params), actor) },
  };
}

/** Checks tasks and starts their runs. */
export class TaskStarter {
  readonly #kinds: Partial<Record<RunKind, TaskKind>>;

  constructor(defaultModel: string) {
    this.#kinds = taskKinds(defaultModel);
  }

  /**
   * @param task its placeholders filled in
   * @throws {BadUserInputError} the kind cannot be scheduled; a parameter is missing, unknown or of another type
   */
  check({ kind, params }: Task): TaskKind {
    const known = this.#kinds[kind];
    if (!known) {
      const kinds = Object.keys(this.#kinds).join(", ");
      throw new BadUserInputError(`kind: ${kind} runs cannot be scheduled; take one of ${kinds}`, { kind });
    }
    const { required, optional } = known;
    for (const name of Object.keys(required)) {
      if (params[name] === undefined || params[name] === null)
        problem(kind, name, required[name]!, undefined);
    }
    for (const [name, value] of Object.entries(params)) {
      const check = required[name] ?? optional[name];
      if (check === undefined) {
        const names = [...Object.keys(required), ...Object.keys(optional)].join(", ") || "none";
        throw new BadUserInputError(`params: ${kind} takes no ${JSON.stringify(name)}; it takes ${names}`, {
          kind,
          parameter: name,
        });
      }
      if (!CHECKS[check].is(value)) problem(kind, name, check, value);
    }
    return known;
  }

  start(jobs: JobService, task: Task, actor: string): Promise<Run> {
    return this.check(task).start(jobs, task.params, actor);
  }
}

function problem(kind: RunKind, name: string, check: Check, got: unknown): never {
  throw new BadUserInputError(
    `params.${name}: ${kind} needs ${CHECKS[check].expected}; got ${got === undefined ? "nothing" : JSON.stringify(got)}`,
    { kind, parameter: name },
  );
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}
