import {
  type ClassType,
  createUnionType,
  Field,
  FieldResolver,
  ObjectType,
  Resolver,
  Root,
} from "type-graphql";
import type { z } from "zod";
import type { Deployment } from "../definitions/language/deployment.js";
import { fieldFacts } from "../inputs/fields.js";
import type { Outcome } from "../jobs/outcome.js";
import type { RunKind } from "../jobs/run-kind.js";
import type { Run } from "../registry/run.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { GeneratedOutcomes } from "../schema/generated-outcomes.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { RunType } from "../schema/run.type.js";
import type { Registry } from "../values/registry.js";
import type { GraphQLContext } from "./context.js";
import type { Loaders } from "./loaders.js";

/** Of kinds that declare none, and of kinds that this process does not know. */
const OTHER = "OtherOutcome";

/** What a reference is found by, one batch for all that an answer asks for. */
const LOOK_UPS: Readonly<Record<string, (loaders: Loaders, key: never) => Promise<unknown>>> = {
  Snapshot: ({ snapshotRevisions }, key) => snapshotRevisions.load(key),
  ModelVersion: ({ versions }, key) => versions.load(key),
  Run: ({ runs }, key) => runs.load(key),
};

/**
 * `Run.outcome`: a union of the outcomes that the kinds declare.
 * @returns the class that type-graphql builds the field from
 */
export function declareRunOutcomes(kinds: Registry<RunKind>, deployment: Deployment) {
  class RunOutcomes {
    outcome(run: Run): Record<string, unknown> | null {
      const { result, status } = run;
      if (result === null || status === "QUEUED" || status === "RUNNING") return null;
      const declared = kinds.find(run.kind)?.outcome;
      if (!declared) return { __typename: OTHER, result };
      const values = declared.read({ ...run, result }, deployment);
      return { __typename: declared.type, ...fieldValues(declared.fields, values) };
    }
  }
  const generated = new GeneratedOutcomes();
  const types = new Map<string, ClassType>([[OTHER, declareOther()]]);
  for (const { outcome } of kinds) if (outcome) types.set(outcome.type, declareOutcome(generated, outcome));
  const union = createUnionType({
    name: "RunOutcome",
    description: "What a run came to, by its kind: `result`, typed. Every field of its types may be null.",
    types: () => [...types.values()] as [ClassType, ...ClassType[]],
    resolveType: (outcome: { __typename?: string }) => outcome.__typename,
  });
  Resolver(() => RunType)(RunOutcomes);
  Root()(RunOutcomes.prototype, "outcome", 0);
  FieldResolver(() => union, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "What it came to, typed by its kind; null until it has ended, and where it left nothing.",
  })(RunOutcomes.prototype, "outcome", Object.getOwnPropertyDescriptor(RunOutcomes.prototype, "outcome")!);
  return RunOutcomes;
}

const declareOutcome = (generated: GeneratedOutcomes, { type, fields, description }: Outcome): ClassType =>
  generated.declare(type, fields, description, true);

function declareOther(): ClassType {
  const other: ClassType = class {};
  ObjectType(OTHER, {
    simpleResolvers: true,
    description: "What a run came to, of a kind that declares no type for it.",
  })(other);
  Field(() => JsonScalar, { description: "As `Run.result`." })(other.prototype, "result");
  return other;
}

type Shape = Readonly<Record<string, z.ZodType>>;

const fieldValues = (shape: Shape, values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, fieldValue(schema, values[name] ?? null)]),
  );

/** As GraphQL's default resolver takes it: a reference is a function that finds it. */
function fieldValue(schema: z.ZodType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const { def } = schema as z.ZodOptional<z.ZodType> | z.ZodArray<z.ZodType> | z.ZodObject;
  if (def.type === "optional" || (def.type as string) === "nullable")
    return fieldValue((def as { innerType: z.ZodType }).innerType, value);
  const find = LOOK_UPS[fieldFacts.get(schema)?.type ?? ""];
  if (find) return (_: unknown, { loaders }: GraphQLContext) => find(loaders, value as never);
  if (def.type === "object") return fieldValues(def.shape, value as Record<string, unknown>);
  if (def.type !== "array") return value;
  const found = LOOK_UPS[fieldFacts.get(def.element)?.type ?? ""];
  const each = value as readonly unknown[];
  if (!found) return each.map((one) => fieldValue(def.element, one));
  return async (_: unknown, { loaders }: GraphQLContext) => {
    const all = await Promise.all(each.map((key) => found(loaders, key as never)));
    return all.filter((one) => one !== null);
  };
}
