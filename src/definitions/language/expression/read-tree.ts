import { z } from "zod";
import { OPERATION_NAMES } from "./operations.js";
import type { ExpressionTree } from "./tree.js";

/** An expression that was kept as JSON. */
export const expressionTree: z.ZodType<ExpressionTree> = z.lazy(() =>
  z.union([
    z.object({ op: z.literal("column"), source: z.string(), name: z.string() }),
    z.object({ op: z.literal("feature"), view: z.string(), name: z.string() }),
    z.object({ op: z.literal("request"), name: z.string() }),
    z.object({ op: z.literal("constant"), value: z.union([z.number(), z.string(), z.boolean(), z.null()]) }),
    z.object({ op: z.literal("bucket"), of: z.tuple([expressionTree]), edges: z.array(z.number()) }),
    z.object({ op: z.enum(OPERATION_NAMES), of: z.array(expressionTree) }),
  ]),
);
