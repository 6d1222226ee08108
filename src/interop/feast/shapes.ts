import type { z } from "zod";
import { shapeProblem } from "../../values/shape-problem.js";
import { ShapeError } from "./feast-error.js";

/** Fields that no shape names are ignored: each release of the client adds some. @throws {ShapeError} */
export function readShape<Shape extends z.ZodType>(shape: Shape, body: unknown): z.output<Shape> {
  const read = shape.safeParse(body);
  if (read.success) return read.data;
  throw new ShapeError(
    read.error.issues.map((issue) => ({
      loc: ["body", ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))],
      msg: shapeProblem(issue),
      type: issue.code === "invalid_type" && issue.input === undefined ? "missing" : issue.code,
    })),
  );
}
