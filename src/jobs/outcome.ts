import { z } from "zod";
import type { Deployment } from "../definitions/language/deployment.js";
import { named } from "../inputs/fields.js";
import type { Run } from "../registry/run.js";

type Shape = Readonly<Record<string, z.ZodType>>;
/** Each field, where what is stored has it as the schema says. */
type Stored<S extends Shape> = { readonly [Name in keyof S]?: z.output<S[Name]> | undefined };
/** Absent is null. */
type Values<S extends Shape> = { readonly [Name in keyof S]?: z.output<S[Name]> | null | undefined };

export type RunWithResult = Pick<Run, "id" | "params" | "snapshotId"> & { result: Record<string, unknown> };

/** What a run of a kind comes to, as clients get it beside `result`: one type of the union `RunOutcome`. */
export interface Outcome {
  /** Its name in GraphQL. */
  readonly type: string;
  readonly description: string;
  /** Every field may be null: an earlier release may not have stored what it is made of. */
  readonly fields: Shape;
  /** The fields' values of a run's stored result. */
  read(run: RunWithResult, deployment: Deployment): Readonly<Record<string, unknown>>;
}

/**
 * Completes a kind's outcome, and infers its types.
 * @param stored what `execute` returns, field by field; one that is absent or otherwise stored is left out for `read`
 */
export function outcome<S extends Shape, const F extends Shape>({
  stored,
  read,
  ...declared
}: {
  type: string;
  description: string;
  stored: S;
  fields: F;
  read(stored: Stored<S>, run: RunWithResult, deployment: Deployment): Values<F>;
}): Outcome {
  return {
    ...declared,
    read: (run, deployment) => read(parseEach(stored, run.result), run, deployment),
  };
}

function parseEach<S extends Shape>(shape: S, result: Readonly<Record<string, unknown>>): Stored<S> {
  const parsed = Object.entries(shape).map(([name, schema]) => [name, schema.safeParse(result[name]).data]);
  return Object.fromEntries(parsed) as Stored<S>;
}

/** A field that is the snapshot itself; found again for all runs of an answer at once. */
export const snapshotReference = () =>
  named(z.custom<{ asOf: string; revision: number }>(), { type: "Snapshot" });

/** A field that is the version itself. */
export const versionReference = () =>
  named(z.custom<{ model: string; version: number }>(), { type: "ModelVersion" });

/** A field that is the run of that id. */
export const runReference = () => named(z.string(), { type: "Run" });

/** A number by name, as results hold counts. */
export const counts = () => z.record(z.string(), z.number());

/** The run's own version, by the model it was asked for. */
export const versionIn = ({ params }: Pick<Run, "params">, version: number | undefined) =>
  typeof params.model === "string" && version !== undefined ? { model: params.model, version } : null;
