import { Arg, Ctx, ID, Mutation, Resolver } from "type-graphql";
import { parseRunId } from "../inputs/tracking-arguments.js";
import type { Run } from "../registry/run.js";
import { RunType } from "../schema/run.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

/** What can be done to a run of any kind; `declareRunMutations` has what starts one. */
@Resolver()
export class JobResolver {
  @Needs("operator")
  @Mutation(() => RunType, {
    description:
      "Stops a run that is queued or running; RUN_NOT_CANCELLABLE where it has ended, or has published already.",
  })
  cancelRun(@Arg("id", () => ID) id: string, @Ctx() { services, actor }: GraphQLContext): Promise<Run> {
    return services.jobs.cancel(parseRunId(id), actor);
  }

  @Needs("operator")
  @Mutation(() => RunType, {
    description:
      "Queues a failed or cancelled run once more, as its next attempt: from its first step, with the same parameters. An\n" +
      "ingest reads its files again, as they are now. What was published or registered before it failed is not made twice.",
  })
  retryRun(@Arg("id", () => ID) id: string, @Ctx() { services, actor }: GraphQLContext): Promise<Run> {
    return services.jobs.retry(parseRunId(id), actor);
  }
}
