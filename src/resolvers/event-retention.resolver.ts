import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import type {
  EventMonth,
  EventRetentionReport,
  EventSourceRetention,
} from "../features/windows/event-retention.js";
import type { StaleDate } from "../features/windows/late-events.js";
import { listSize } from "../inputs/arguments.js";
import {
  EventMonthType,
  EventRetentionReportType,
  EventSourceRetentionType,
  FrozenDateType,
} from "../schema/event-retention-report.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

@Resolver(() => EventRetentionReportType)
export class EventRetentionResolver {
  @Needs("admin")
  @Mutation(() => EventRetentionReportType, {
    description:
      "Drops old events, whole months at a time. Days are counted back from the newest snapshot; they cannot be fewer than a window\n" +
      "sees. Snapshots stay as they are; those whose windows saw what goes get no revision any more. Without arguments\n" +
      "each source's own retention holds.",
  })
  applyEventRetention(
    @Arg("source", () => String, {
      nullable: true,
      description: "The source; absent: every one that declares a retention.",
    })
    source: string | null | undefined,
    @Arg("keepDays", () => Int, {
      nullable: true,
      description: "Months that have one of so many days are kept; absent: what the source declares.",
    })
    keepDays: number | null | undefined,
    @Arg("dryRun", () => Boolean, { defaultValue: true, description: "Says what would be dropped." })
    dryRun: boolean,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<EventRetentionReport> {
    return services.snapshots.applyEventRetention({ source, keepDays, dryRun, actor });
  }

  @FieldResolver(() => [EventSourceRetentionType], {
    complexity: IN_MEMORY,
    description: "Source by source.",
  })
  sources(
    @Root() { sources }: EventRetentionReport,
    @ListSize() first: number | null,
  ): EventSourceRetention[] {
    return sources.slice(0, listSize(first));
  }
}

@Resolver(() => EventSourceRetentionType)
export class EventSourceRetentionResolver {
  @FieldResolver(() => [EventMonthType], {
    complexity: IN_MEMORY,
    description: "The months before the limit that there were, oldest first.",
  })
  months(@Root() { months }: EventSourceRetention, @ListSize() first: number | null): EventMonth[] {
    return months.slice(0, listSize(first));
  }

  @FieldResolver(() => [FrozenDateType], {
    complexity: IN_MEMORY,
    description: "Dates whose snapshots get no revision any more, oldest first.",
  })
  frozen(@Root() { frozen }: EventSourceRetention, @ListSize() first: number | null): StaleDate[] {
    return frozen.slice(0, listSize(first));
  }
}
