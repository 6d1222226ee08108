import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import type { RetentionDate, RetentionReport } from "../features/snapshot-retention.js";
import type { Snapshot } from "../features/types.js";
import type { ModelVersion } from "../registry/model.js";
import { DateScalar } from "../schema/date.scalar.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RetentionDateType, RetentionReportType } from "../schema/retention-report.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import type { GraphQLContext } from "./context.js";

@Resolver(() => RetentionDateType)
export class RetentionResolver {
  @Mutation(() => RetentionReportType, {
    description:
      "Drops the rows of every snapshot before the limit, whole dates at a time: keepMonths counts calendar\n" +
      "months back from the newest snapshot's, until is a date; without either the deployment's retention\n" +
      "holds. A date that a Production or Staging version, or a training under way, takes features or labels from is kept.",
  })
  applyRetention(
    @Arg("keepMonths", () => Int, { nullable: true }) keepMonths: number | null | undefined,
    @Arg("until", () => DateScalar, { nullable: true, description: "The oldest date that is kept." })
    until: string | null | undefined,
    @Arg("dryRun", () => Boolean, { defaultValue: true, description: "Says what would be dropped." })
    dryRun: boolean,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<RetentionReport> {
    return services.snapshots.applyRetention({ keepMonths, until, dryRun, actor });
  }

  @FieldResolver(() => [SnapshotType], { description: "The date's revisions that are kept or dropped." })
  async snapshots(
    @Root() { snapshotIds }: RetentionDate,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot[]> {
    const found = await Promise.all(snapshotIds.map((id) => loaders.snapshots.load(id)));
    return found.filter((snapshot) => snapshot !== null);
  }

  @FieldResolver(() => [ModelVersionType], {
    description: "The Production and Staging versions the date is kept for.",
  })
  async keptFor(
    @Root() { keptFor }: RetentionDate,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ModelVersion[]> {
    const found = await Promise.all(keptFor.map((kept) => loaders.versions.load(kept)));
    return found.filter((version) => version !== null);
  }
}
