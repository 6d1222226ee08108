import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { listSize } from "../inputs/arguments.js";
import type { RunRetentionReport } from "../registry/run-retention.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { RunKind } from "../schema/run.enum.js";
import { KeptRunsType, RunRetentionReportType } from "../schema/run-retention-report.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

@Resolver(() => RunRetentionReportType)
export class RunRetentionResolver {
  @Needs("admin")
  @Mutation(() => RunRetentionReportType, {
    description:
      "Deletes runs that ended so many days ago, with their events, metrics and artifacts, the oldest thousand at a time. A run\n" +
      "that a version, a snapshot, online values or another run came from is kept, and so is the record of an erasure.",
  })
  applyRunRetention(
    @Arg("keepDays", () => Int, { description: "Runs that ended in the last so many days are kept." })
    keepDays: number,
    @Arg("kinds", () => [RunKind], { nullable: true, description: "Only runs of these kinds; absent: all." })
    kinds: string[] | null | undefined,
    @Arg("dryRun", () => Boolean, { defaultValue: true, description: "Says what would be deleted." })
    dryRun: boolean,
    @Ctx() { services }: GraphQLContext,
  ): Promise<RunRetentionReport> {
    return services.tracking.applyRetention({ keepDays, kinds: kinds ?? null, dryRun });
  }

  @FieldResolver(() => [ID], {
    complexity: IN_MEMORY,
    description: "The runs that were deleted, or would be.",
  })
  runIds(@Root() { runIds }: RunRetentionReport, @ListSize() first: number | null): string[] {
    return runIds.slice(0, listSize(first));
  }

  @FieldResolver(() => [KeptRunsType], {
    complexity: IN_MEMORY,
    description: "Old runs that stay, by reason.",
  })
  kept(@Root() { kept }: RunRetentionReport, @ListSize() first: number | null): KeptRunsType[] {
    return kept.slice(0, listSize(first));
  }
}
