import type { z } from "zod";
import { ConflictError } from "../errors/errors.js";
import type { Run } from "../registry/run.js";
import { shapeProblem } from "../values/shape-problem.js";

/**
 * The parameters of a run as they were stored, perhaps by an earlier release, read by the shape of its kind.
 * @throws {ConflictError} this release cannot read them
 */
export function storedParams<T>(
  shape: z.ZodType<T>,
  { id, kind, params }: Pick<Run, "id" | "kind" | "params">,
): T {
  const parsed = shape.safeParse(params);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${shapeProblem(issue)}`);
  throw new ConflictError(
    `the stored parameters of run ${id} of kind ${kind} cannot be read: ${problems.join("; ")}; start another run`,
    { runId: id, kind },
  );
}
