import { Ctx, Mutation, Resolver } from "type-graphql";
import type { Deployment } from "../definitions/language/deployment.js";
import type { ExecutedKind, RunKind, Mutation as StartingMutation } from "../jobs/run-kind.js";
import type { Run } from "../registry/run.js";
import { GeneratedInputs } from "../schema/generated-inputs.js";
import { RunType } from "../schema/run.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

type Given = Readonly<Record<string, unknown>>;

/**
 * The mutation that starts a run, of each kind that asof executes: its arguments and input types are the kind's request.
 * @returns the class that type-graphql builds them from
 */
export function declareRunMutations(kinds: Iterable<RunKind>, deployment: Deployment) {
  class RunMutations {}
  const inputs = new GeneratedInputs();
  for (const kind of kinds) {
    if (kind.executed === "here" && kind.mutation)
      declareMutation(RunMutations.prototype, kind, kind.mutation, inputs, deployment);
  }
  Resolver()(RunMutations);
  return RunMutations;
}

function declareMutation(
  target: object,
  record: ExecutedKind,
  { name, description, role, input, beside }: StartingMutation,
  inputs: GeneratedInputs,
  deployment: Deployment,
): void {
  const kind = record.name;
  const schema = record.request(deployment);
  const fields = Object.entries(schema.shape);
  const ownArguments = fields.filter(([field]) => input === null || beside.includes(field));
  const inInput = fields.filter(([field]) => input !== null && !beside.includes(field));
  const names = [...(input === null ? [] : ["input"]), ...ownArguments.map(([field]) => field)];
  const start = async (...of: unknown[]): Promise<Run> => {
    const { services, actor } = of[names.length] as GraphQLContext;
    const given = Object.fromEntries(names.map((argument, index) => [argument, of[index]]));
    const { input: inside, ...outside } = given as { input?: Given };
    const sent = input === null ? given : { ...outside, ...inside };
    const isArgument = (field: PropertyKey | undefined) => names.includes(String(field));
    return services.jobs.start(kind, sent, actor, (path) =>
      (isArgument(path[0]) ? path : ["input", ...path]).map(String).join("."),
    );
  };
  Object.defineProperty(target, name, { value: start, writable: true, configurable: true });
  // As decorators do: from the last to the first.
  Ctx()(target, name, names.length);
  for (const [field, argument] of ownArguments.toReversed()) {
    inputs.argument(target, name, names.indexOf(field), field, argument);
  }
  if (input !== null) {
    inputs.inputArgument(target, name, input, Object.fromEntries(inInput), schema.description);
  }
  const method = Object.getOwnPropertyDescriptor(target, name)!;
  Needs(role)(target, name, method);
  Mutation(() => RunType, { description })(target, name, method);
}
