import { Arg, Resolver, Root, Subscription } from "type-graphql";
import { parseName } from "../inputs/arguments.js";
import type { StageTransition } from "../registry/model.js";
import { StageTransitionType } from "../schema/stage-transition.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

function followTransitions({ model }: { model?: string | null }, { services }: GraphQLContext) {
  return services.models.followTransitions(model ? parseName(model, "model") : null);
}

@Resolver(() => StageTransitionType)
export class StageTransitionResolver {
  @Needs("viewer")
  @Subscription(() => StageTransitionType, {
    description: "Every promotion, archiving and rollback from now on, of all models or of one.",
    subscribe: ({ args, context }) => followTransitions(args, context),
  })
  modelTransitions(
    @Root() transition: StageTransition,
    @Arg("model", () => String, { nullable: true }) _model: string | null | undefined,
  ): StageTransition {
    return transition;
  }
}
