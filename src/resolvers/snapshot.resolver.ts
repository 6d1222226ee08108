import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import type { ListedPart, Snapshot, SnapshotDiff, Withdrawal } from "../features/types.js";
import { pageSize } from "../inputs/arguments.js";
import type { Run, ValidationReport } from "../registry/run.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { COMPUTATION, IN_MEMORY } from "../schema/field-costs.js";
import { toConnection } from "../schema/page-info.type.js";
import { RunType } from "../schema/run.type.js";
import {
  SnapshotConnection,
  SnapshotPartType,
  SnapshotType,
  WithdrawalType,
} from "../schema/snapshot.type.js";
import { SnapshotDiffType } from "../schema/snapshot-diff.type.js";
import { ValidationReportType } from "../schema/validation-report.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => WithdrawalType)
export class WithdrawalResolver {
  @FieldResolver(() => DateTimeScalar, { complexity: IN_MEMORY })
  at(@Root() { at }: Withdrawal): Date {
    return new Date(at);
  }

  @FieldResolver(() => RunType, { description: "The run that withdrew it." })
  run(@Root() { runId }: Withdrawal, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return loaders.runs.load(runId);
  }
}

@Resolver(() => SnapshotType)
export class SnapshotResolver {
  @Needs("viewer")
  @Query(() => SnapshotConnection)
  async snapshots(
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    const page = await services.snapshots.list({ first: pageSize(first), after });
    return toConnection(page, async () => page.totalCount);
  }

  @Needs("viewer")
  @Query(() => SnapshotType, { nullable: true, description: "The newest revision unless one is named." })
  snapshot(
    @Arg("asOf", () => DateScalar) asOf: string,
    @Arg("revision", () => Int, { nullable: true }) revision: number | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Snapshot | null> {
    return services.snapshots.find(asOf, revision);
  }

  @Needs("viewer")
  @Query(() => SnapshotDiffType, {
    complexity: COMPUTATION,
    description: "What changed between the newest revisions of two dates, user by user.",
  })
  snapshotDiff(
    @Arg("from", () => DateScalar) from: string,
    @Arg("to", () => DateScalar) to: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<SnapshotDiff> {
    return services.snapshots.diff(from, to);
  }

  @FieldResolver(() => Int, {
    description:
      "Events that came, were corrected or were removed after its window features were computed, and that they would see; 0: it is not stale.",
  })
  lateEvents(@Root() { id }: Snapshot, @Ctx() { loaders }: GraphQLContext): Promise<number> {
    return loaders.lateEvents.load(id);
  }

  @FieldResolver(() => [SnapshotPartType], {
    description: "One for each source that is known on its date, by name.",
  })
  async parts(@Root() { id }: Snapshot, @Ctx() { loaders }: GraphQLContext): Promise<ListedPart[]> {
    return (await loaders.snapshotContents.load(id)).parts;
  }

  @FieldResolver(() => [String], {
    description:
      "The feature services whose labels were delivered for its date: what can be trained as of it.",
  })
  async labelled(@Root() { id }: Snapshot, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    return (await loaders.snapshotContents.load(id)).labelled;
  }

  @FieldResolver(() => RunType, { description: "The run that made it." })
  run(@Root() { runId }: Snapshot, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return loaders.runs.load(runId);
  }

  @FieldResolver(() => ValidationReportType, { nullable: true })
  async validation(
    @Root() { runId }: Snapshot,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ValidationReport | null> {
    return (await loaders.runs.load(runId))?.validation ?? null;
  }
}
