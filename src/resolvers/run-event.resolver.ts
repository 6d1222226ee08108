import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from "type-graphql";
import { RunNotFoundError } from "../errors/errors.js";
import { eventCursor, isRunId } from "../inputs/arguments.js";
import type { Run, RunEvent } from "../registry/run.js";
import { RunType } from "../schema/run.type.js";
import { RunEventObject } from "../schema/run-event.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

interface FollowArguments {
  runId?: string | null;
  after?: string | null;
}

async function followRuns({ runId, after }: FollowArguments, { services, loaders }: GraphQLContext) {
  const cursor = eventCursor(after);
  if (!runId) return services.runs.follow(null, cursor);
  const run = isRunId(runId) ? await loaders.runs.load(runId.toLowerCase()) : null;
  if (!run) throw new RunNotFoundError(runId);
  return services.runs.follow(run.id, cursor);
}

@Resolver(() => RunEventObject)
export class RunEventResolver {
  @Needs("viewer")
  @Subscription(() => RunEventObject, {
    description:
      "All runs, or one. Replays what came after the cursor, then goes on live: nothing missed, nothing twice. Without a\n" +
      "cursor one run is replayed from its beginning, all runs from now on.",
    subscribe: ({ args, context }) => followRuns(args, context),
  })
  runEvents(
    @Root() event: RunEvent,
    @Arg("runId", () => ID, { nullable: true }) _runId: string | null | undefined,
    @Arg("after", () => ID, { nullable: true }) _after: string | null | undefined,
  ): RunEvent {
    return event;
  }

  @FieldResolver(() => RunType)
  run(@Root() { runId }: RunEvent, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return loaders.runs.load(runId);
  }
}
