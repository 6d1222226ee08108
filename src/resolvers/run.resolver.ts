import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Snapshot } from "../features/types.js";
import type { ModelVersion } from "../registry/model.js";
import type { Artifact, Metric, RunOrder as Order, Run, RunEvent, RunStep } from "../registry/run.js";
import { ArtifactType } from "../schema/artifact.type.js";
import { MetricType } from "../schema/metric.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { toConnection } from "../schema/page-info.type.js";
import { RunOrder } from "../schema/run.enum.js";
import { RunConnection, RunType } from "../schema/run.type.js";
import { RunEventObject } from "../schema/run-event.type.js";
import { RunFilterInput } from "../schema/run-filter.input.js";
import { RunStepType } from "../schema/run-step.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import { eventCursor, isRunId, pageSize, parseName } from "./arguments.js";
import type { GraphQLContext } from "./context.js";
import { lastValue } from "./last-value.js";

@Resolver(() => RunType)
export class RunResolver {
  @Query(() => RunType, { nullable: true })
  run(@Arg("id", () => ID) id: string, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> | null {
    return isRunId(id) ? loaders.runs.load(id.toLowerCase()) : null;
  }

  @Query(() => RunConnection)
  async runs(
    @Arg("where", () => RunFilterInput, { nullable: true }) where: RunFilterInput | null | undefined,
    @Arg("orderBy", () => RunOrder, { defaultValue: RunOrder.CREATED_DESC }) orderBy: Order,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    if (where?.model) parseName(where.model, "where.model");
    if (where?.metric) parseName(where.metric.name, "where.metric.name");
    return toConnection(await services.runs.list(where ?? {}, orderBy, { first: pageSize(first), after }));
  }

  @FieldResolver(() => [RunStepType])
  steps(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<RunStep[]> {
    return loaders.runSteps.load(id);
  }

  @FieldResolver(() => [RunEventObject], { description: "What happened, oldest first, from the cursor on." })
  events(
    @Root() { id }: Run,
    @Arg("after", () => ID, { nullable: true }) after: string | null | undefined,
    @Arg("first", () => Int, { defaultValue: 200 }) first: number,
    @Ctx() { services }: GraphQLContext,
  ): Promise<RunEvent[]> {
    return services.runs.events(id, eventCursor(after), pageSize(first));
  }

  @FieldResolver(() => [MetricType])
  metrics(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Metric[]> {
    return loaders.runMetrics.load(id);
  }

  @FieldResolver(() => Float, { nullable: true, description: "The last value of this name." })
  async metric(
    @Root() { id }: Run,
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<number | null> {
    return lastValue(await loaders.runMetrics.load(id), name);
  }

  @FieldResolver(() => [ArtifactType])
  artifacts(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Artifact[]> {
    return loaders.runArtifacts.load(id);
  }

  @FieldResolver(() => SnapshotType, {
    nullable: true,
    description: "The snapshot made (ingest) or read (train).",
  })
  snapshot(@Root() { snapshotId }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Snapshot | null> | null {
    return snapshotId === null ? null : loaders.snapshots.load(snapshotId);
  }

  @FieldResolver(() => ModelVersionType, { nullable: true, description: "The version it registered." })
  modelVersion(@Root() { id }: Run, @Ctx() { loaders }: GraphQLContext): Promise<ModelVersion | null> {
    return loaders.versionsByRun.load(id);
  }
}
