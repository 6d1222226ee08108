import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import { BadUserInputError, RunNotFoundError } from "../errors/errors.js";
import type { Snapshot } from "../features/types.js";
import { batch, eventCursor, isRunId, listSize, pageSize, parseName } from "../inputs/arguments.js";
import { parseRunFilter, parseRunId, parseStep } from "../inputs/tracking-arguments.js";
import type { VersionEntry } from "../registry/model.js";
import type {
  Artifact,
  Metric,
  RunOrder as Order,
  Run,
  RunCount,
  RunEvent,
  RunStep,
} from "../registry/run.js";
import { type ComparedValue, compareRuns, type RunComparison } from "../registry/run-comparison.js";
import { ArtifactType } from "../schema/artifact.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { MetricType } from "../schema/metric.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { toConnection } from "../schema/page-info.type.js";
import { RunOrder } from "../schema/run.enum.js";
import { RunConnectionType, RunType } from "../schema/run.type.js";
import { ComparedValueType, RunComparisonType } from "../schema/run-comparison.type.js";
import { RunEventObject } from "../schema/run-event.type.js";
import { MetricOrderInput, RunFilterInput } from "../schema/run-filter.input.js";
import { RunStepType } from "../schema/run-step.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import type { ExperimentService } from "../services/run-services.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { metricValue } from "./metric-value.js";
import { Needs } from "./needs.js";

const maxComparedRuns = 500;
const maxMetricNames = 100;

@Resolver(() => RunType)
export class RunResolver {
  @Needs("viewer")
  @Query(() => RunType, { nullable: true })
  run(@Arg("id", () => ID) id: string, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> | null {
    return isRunId(id) ? loaders.runs.load(id.toLowerCase()) : null;
  }

  @Needs("viewer")
  @Query(() => RunConnectionType, { description: "orderByMetric takes the place of orderBy." })
  async runs(
    @Arg("where", () => RunFilterInput, { nullable: true }) where: RunFilterInput | null | undefined,
    @Arg("orderBy", () => RunOrder, { defaultValue: RunOrder.CREATED_DESC }) orderBy: Order,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Arg("orderByMetric", () => MetricOrderInput, { nullable: true })
    orderByMetric: MetricOrderInput | null | undefined,
    @Ctx() { services: { runs, experiments } }: GraphQLContext,
  ): Promise<RunConnectionType> {
    const { experiment: name, ...rest } = parseRunFilter(where ?? {});
    const filter = { ...rest, experiment: name ? await numberOf(experiments, name) : null };
    if (orderByMetric) parseName(orderByMetric.name, "orderByMetric.name");
    const order = orderByMetric ?? orderBy;
    const page = await runs.list(filter, order, { first: pageSize(first), after });
    let counted: Promise<RunCount> | undefined;
    return toConnection(page, () => (counted ??= runs.count(filter, order)));
  }

  @Needs("viewer")
  @Query(() => RunComparisonType, {
    description:
      "Up to 500 runs side by side, in the order asked for. RUN_NOT_FOUND names the first that is none.",
  })
  async compareRuns(
    @Arg("ids", () => [ID]) ids: string[],
    @Ctx() { loaders, services }: GraphQLContext,
  ): Promise<RunComparison> {
    if (ids.length < 1 || ids.length > maxComparedRuns) {
      throw new BadUserInputError(`ids: 1 to ${maxComparedRuns} were expected; got ${ids.length}`, {
        argument: "ids",
      });
    }
    const found = await Promise.all(ids.map(async (id) => loaders.runs.load(parseRunId(id))));
    const missing = found.indexOf(null);
    if (missing >= 0) throw new RunNotFoundError(ids[missing]!);
    const runs = found as Run[];
    return compareRuns(runs, await services.runs.latestMetrics(runs.map(({ id }) => id)));
  }

  @FieldResolver(() => [RunStepType])
  steps(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<RunStep[]> {
    return loaders.runSteps.load(id);
  }

  @FieldResolver(() => [RunEventObject], { description: "What happened, oldest first, after the cursor." })
  events(
    @Root() { id }: Run,
    @Arg("after", () => ID, { nullable: true }) after: string | null | undefined,
    @Arg("first", () => Int, { defaultValue: 200 }) first: number,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<RunEvent[]> {
    return loaders.runEvents.with({ after: eventCursor(after), first: pageSize(first) }).load(id);
  }

  @FieldResolver(() => [MetricType], {
    description:
      "Every point of every series, by name and step; of a run with more, the first 10 000. metricHistory has all.",
  })
  metrics(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Metric[]> {
    return loaders.runMetrics.load(id);
  }

  @FieldResolver(() => [MetricType], {
    description: "Of every series the point of its greatest step, by name.",
  })
  async latestMetrics(
    @Root() { id }: Run,
    @ListSize() first: number | null,
    @Arg("names", () => [String], { nullable: true }) names: string[] | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Metric[]> {
    const metrics = names
      ? loaders.namedMetrics.with({ names: metricNames(names) }).load(id)
      : loaders.latestMetrics.load(id);
    return (await metrics).slice(0, listSize(first));
  }

  @FieldResolver(() => Float, { nullable: true, description: "The value of this name's greatest step." })
  async metric(
    @Root() { id }: Run,
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<number | null> {
    return metricValue(await loaders.latestMetrics.load(id), name);
  }

  @FieldResolver(() => [MetricType], {
    description: "One series by step; `afterStep` is the last step of the page before.",
  })
  metricHistory(
    @Root() { id }: Run,
    @Arg("name", () => String) name: string,
    @Arg("first", () => Int, { defaultValue: 1000 }) first: number,
    @Arg("after", () => Int, {
      nullable: true,
      deprecationReason: "Use afterStep, which takes steps beyond 32 bits too.",
    })
    after: number | null | undefined,
    @Arg("afterStep", () => Float, { nullable: true }) afterStep: number | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Metric[]> {
    const series = {
      name: parseName(name, "name"),
      first: pageSize(first),
      after: lastStep(after, afterStep),
    };
    return loaders.metricHistory.with(series).load(id);
  }

  @FieldResolver(() => [ArtifactType])
  artifacts(
    @Root() { id }: Run,
    @ListSize() first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Artifact[]> {
    const page = { first: listSize(first), after: after ? parseName(after, "after") : null };
    return loaders.runArtifacts.with(page).load(id);
  }

  @FieldResolver(() => SnapshotType, {
    nullable: true,
    description:
      "The snapshot it made (an ingest), read (a training, a registration) or copied (materialize); null for other runs.",
  })
  snapshot(@Root() { snapshotId }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Snapshot | null> | null {
    return snapshotId === null ? null : loaders.snapshots.load(snapshotId);
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description:
      "The version it registered; of a comparison or search, that of the candidate or trial it chose.",
  })
  modelVersion(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<VersionEntry | null> {
    return loaders.versionsByRun.load(id);
  }
}

@Resolver(() => RunComparisonType)
export class RunComparisonResolver {
  @FieldResolver(() => [ComparedValueType], {
    complexity: IN_MEMORY,
    description: "Every leaf of the parameters, by name.",
  })
  params(@Root() { params }: RunComparison, @ListSize() first: number | null): ComparedValue[] {
    return params.slice(0, listSize(first));
  }

  @FieldResolver(() => [ComparedValueType], {
    complexity: IN_MEMORY,
    description: "The latest value of every metric, by name.",
  })
  metrics(@Root() { metrics }: RunComparison, @ListSize() first: number | null): ComparedValue[] {
    return metrics.slice(0, listSize(first));
  }
}

/** Of a name that is none: a number that no experiment has. */
async function numberOf(experiments: ExperimentService, name: string): Promise<number> {
  return (await experiments.findByName(name))?.id ?? -1;
}

/** @throws {BadUserInputError} more than 100, or what is no name */
function metricNames(names: readonly string[]): string[] {
  return batch("names", names, maxMetricNames).map((name, index) => parseName(name, `names[${index}]`));
}

/** @throws {BadUserInputError} both, or no whole number */
function lastStep(after: number | null | undefined, afterStep: number | null | undefined): number | null {
  const [given, more] = [afterStep, after].filter((step) => step !== null && step !== undefined);
  if (given === undefined) return null;
  if (more === undefined) return parseStep(given, "afterStep");
  throw new BadUserInputError("metricHistory: after and afterStep are the same; give afterStep alone", {
    argument: "after",
  });
}
