import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { BadUserInputError } from "../errors/errors.js";
import { listSize, pageSize, parseJson, parseName } from "../inputs/arguments.js";
import type { Firing, Schedule } from "../jobs/schedules/schedules.js";
import type { Run } from "../registry/run.js";
import { SCAN } from "../schema/field-costs.js";
import { RunType } from "../schema/run.type.js";
import { ScheduleInput } from "../schema/schedule.input.js";
import { ScheduleFiringType, ScheduleType } from "../schema/schedule.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

@Resolver(() => ScheduleType)
export class ScheduleResolver {
  @Needs("viewer")
  @Query(() => [ScheduleType])
  schedules(@ListSize() first: number | null, @Ctx() { services }: GraphQLContext): Promise<Schedule[]> {
    return services.schedules.list(listSize(first));
  }

  @Needs("viewer")
  @Query(() => ScheduleType, { nullable: true, description: "The schedule of that name." })
  schedule(
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Schedule | null> {
    return loaders.schedules.load(parseName(name, "name"));
  }

  @Needs("operator")
  @Mutation(() => ScheduleType, {
    description: "Creates a schedule, or changes the one of that name. It takes effect within seconds.",
  })
  setSchedule(
    @Arg("input", () => ScheduleInput) input: ScheduleInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Schedule> {
    return services.schedules.set({ ...input, params: parseParams(input.params) }, actor);
  }

  @Needs("operator")
  @Mutation(() => ScheduleType, { description: "It does not come due until it is resumed." })
  pauseSchedule(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Schedule> {
    return services.schedules.pause(name);
  }

  @Needs("operator")
  @Mutation(() => ScheduleType)
  resumeSchedule(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Schedule> {
    return services.schedules.resume(name);
  }

  @Needs("admin")
  @Mutation(() => ScheduleType, { description: "Answers what was deleted. Runs it started go on." })
  deleteSchedule(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Schedule> {
    return services.schedules.delete(name);
  }

  @Needs("operator")
  @Mutation(() => RunType, { description: "Starts now what it would start by the clock, paused or not." })
  runSchedule(
    @Arg("name", () => String) name: string,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    return services.schedules.runNow(name, actor);
  }

  @FieldResolver(() => [ScheduleFiringType], {
    complexity: SCAN,
    description: "When it came due, newest first.",
  })
  firings(
    @Root() { name }: Schedule,
    @Arg("first", () => Int, { defaultValue: 10 }) first: number,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Firing[]> {
    return loaders.firings.load({ name, first: pageSize(first) });
  }
}

@Resolver(() => ScheduleFiringType)
export class ScheduleFiringResolver {
  @FieldResolver(() => RunType, { nullable: true })
  run(@Root() { runId }: Firing, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> | null {
    return runId === null ? null : loaders.runs.load(runId);
  }
}

/** @throws {BadUserInputError} not a JSON object, or one with a NUL character in it */
function parseParams(params: unknown): Record<string, unknown> {
  if (typeof params === "object" && params !== null && !Array.isArray(params)) {
    return parseJson(params, "input.params") as Record<string, unknown>;
  }
  throw new BadUserInputError(`input.params: an object was expected; got ${JSON.stringify(params)}`, {
    argument: "input.params",
  });
}
