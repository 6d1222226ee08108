import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import type { RetentionDate, RetentionReport } from "../features/snapshot-retention.js";
import type { Snapshot } from "../features/types.js";
import { listSize } from "../inputs/arguments.js";
import type { VersionEntry } from "../registry/model.js";
import { DateScalar } from "../schema/date.scalar.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RetentionDateType, RetentionReportType } from "../schema/retention-report.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

@Resolver(() => RetentionDateType)
export class RetentionResolver {
  @Needs("admin")
  @Mutation(() => RetentionReportType, {
    description:
      "Drops the rows of snapshots, whole dates at a time. Counted back from the newest snapshot, keepDays keeps every\n" +
      "date, keepWeeks and keepMonths beside it the newest date of each; keepMonths alone keeps all dates of the months.\n" +
      "until is the oldest date that is kept. Without any of them the deployment's retention holds. A date that a Production or Staging version, or a training under way, takes features or labels from is kept.",
  })
  applyRetention(
    @Arg("keepDays", () => Int, { nullable: true }) keepDays: number | null | undefined,
    @Arg("keepWeeks", () => Int, { nullable: true }) keepWeeks: number | null | undefined,
    @Arg("keepMonths", () => Int, { nullable: true }) keepMonths: number | null | undefined,
    @Arg("until", () => DateScalar, { nullable: true, description: "The oldest date that is kept." })
    until: string | null | undefined,
    @Arg("dryRun", () => Boolean, { defaultValue: true, description: "Says what would be dropped." })
    dryRun: boolean,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<RetentionReport> {
    return services.snapshots.applyRetention({ keepDays, keepWeeks, keepMonths, until, dryRun, actor });
  }

  @FieldResolver(() => [SnapshotType], { description: "The date's revisions that are kept or dropped." })
  async snapshots(
    @Root() { snapshotIds }: RetentionDate,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot[]> {
    const shown = snapshotIds.slice(0, listSize(first));
    const found = await Promise.all(shown.map((id) => loaders.snapshots.load(id)));
    return found.filter((snapshot) => snapshot !== null);
  }

  @FieldResolver(() => [ModelVersionType], {
    description: "The Production and Staging versions the date is kept for.",
  })
  async keptFor(
    @Root() { keptFor }: RetentionDate,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<VersionEntry[]> {
    const shown = keptFor.slice(0, listSize(first));
    const found = await Promise.all(shown.map((kept) => loaders.versions.load(kept)));
    return found.filter((version) => version !== null);
  }
}

@Resolver(() => RetentionReportType)
export class RetentionReportResolver {
  @FieldResolver(() => [RetentionDateType], {
    complexity: IN_MEMORY,
    description: "Every date that had rows, oldest first.",
  })
  dates(
    @Root() { dates }: RetentionReport,
    @ListSize() first: number | null,
    @Arg("after", () => DateScalar, { nullable: true }) after: string | null | undefined,
  ): RetentionDate[] {
    const behind = after ? dates.filter(({ asOf }) => asOf > after) : dates;
    return behind.slice(0, listSize(first));
  }
}
