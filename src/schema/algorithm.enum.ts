import { registerEnumType } from "type-graphql";
import { learners } from "../training/learners/registry.js";

/** Filled when the schema is built: which learners there are is not known when decorators are read. */
export const Algorithm: Record<string, string> = {};

/** Every learner, in the registry's order, and what is said of a version that none of them trained. */
export function declareAlgorithms(): void {
  const valuesConfig: Record<string, { description: string }> = {};
  for (const { name, description } of learners) {
    Algorithm[name] = name;
    valuesConfig[name] = { description };
  }
  Algorithm.EXTERNAL = "EXTERNAL";
  registerEnumType(Algorithm, { name: "Algorithm", valuesConfig });
}
