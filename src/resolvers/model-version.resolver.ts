import { Arg, Ctx, FieldResolver, Float, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Snapshot } from "../features/types.js";
import { listSize, parseName, parseReason } from "../inputs/arguments.js";
import type { ModelVersion, StageTransition } from "../registry/model.js";
import type { Metric, Run } from "../registry/run.js";
import { whyNotServable } from "../registry/servability.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { EvaluationType } from "../schema/evaluation.type.js";
import { EVALUATION } from "../schema/field-costs.js";
import { MetricType } from "../schema/metric.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { PromoteInput } from "../schema/promote.input.js";
import { RunType } from "../schema/run.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import { StageTransitionType } from "../schema/stage-transition.type.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { metricValue } from "./metric-value.js";
import { Needs } from "./needs.js";

@Resolver(() => ModelVersionType)
export class ModelVersionResolver {
  @Needs("viewer")
  @Query(() => ModelVersionType, { nullable: true })
  modelVersion(
    @Arg("model", () => String) model: string,
    @Arg("version", () => Int) version: number,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ModelVersion | null> {
    return loaders.versions.load({ model: parseName(model, "model"), version });
  }

  // A rollback at night must not wait for an administrator, and promotion passes gates and leaves a record.
  // Gates are what lets an operator promote alone: to pass over them is another's decision.
  @Needs("operator", { path: ["input", "force"], value: true, role: "admin" })
  @Mutation(() => ModelVersionType, {
    description:
      "Judges the version by the gates of Production. Then, in one transaction, the version moves, the former holder is\n" +
      "archived and the history is written; every replica is notified. If Production changed meanwhile, it is judged again.",
  })
  promote(
    @Arg("input", () => PromoteInput) input: PromoteInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<ModelVersion> {
    const model = parseName(input.model, "input.model");
    const reason = parseReason(input.reason, "input.reason");
    return services.models.promote({ ...input, model, reason, actor });
  }

  @Needs("operator")
  @Mutation(() => ModelVersionType, {
    description: "Back to the version that was in Production before, also where Production is empty.",
  })
  rollback(
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("reason", () => String) reason: string,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<ModelVersion> {
    return services.models.rollback(parseName(model, "model"), parseReason(reason, "reason"), actor);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether asof can predict with it now: the file loads and the deployment still declares every feature it needs.",
  })
  async servable(@Root() version: ModelVersion, @Ctx() { loaders }: GraphQLContext): Promise<boolean> {
    return (await loaders.servability.load(version)).servable;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Why it cannot be served, and what helps; null where it can.",
  })
  async notServable(
    @Root() version: ModelVersion,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<string | null> {
    return whyNotServable(await loaders.servability.load(version));
  }

  @FieldResolver(() => RunType, {
    description: "The run that trained it, or the EXTERNAL run it was registered from.",
  })
  run(@Root() { runId }: ModelVersion, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return loaders.runs.load(runId);
  }

  @FieldResolver(() => SnapshotType, {
    description:
      "The snapshot of its features: it was trained on it, or, if trained elsewhere, measured on it.",
  })
  snapshot(
    @Root() { snapshotId }: ModelVersion,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot | null> {
    return loaders.snapshots.load(snapshotId);
  }

  @FieldResolver(() => [SnapshotType], {
    description:
      "All that it was trained on: the snapshot of its features, then that of its labels where it is another.",
  })
  async snapshots(
    @Root() { snapshotId, labelSnapshotId }: ModelVersion,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot[]> {
    const found = await Promise.all(
      [...new Set([snapshotId, labelSnapshotId])].map((id) => loaders.snapshots.load(id)),
    );
    return found.filter((snapshot) => snapshot !== null);
  }

  @FieldResolver(() => EvaluationType, {
    nullable: true,
    complexity: EVALUATION,
    description:
      "Curves, counts by threshold and importances on the held-out rows, as charts need them. Read from what was kept when the\n" +
      "version was judged, never scored again; null where nothing was kept, as of models registered before 0.2.",
  })
  evaluation(
    @Root() version: ModelVersion,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ModelEvaluation | null> {
    return loaders.evaluations.load(version);
  }

  @FieldResolver(() => [MetricType], { description: "Its run's: every point, as Run.metrics." })
  metrics(@Root() { runId }: ModelVersion, @Ctx() { loaders }: GraphQLContext): Promise<Metric[]> {
    return loaders.runMetrics.load(runId);
  }

  @FieldResolver(() => [String], {
    description: "What its registration found and did not refuse: an auc below 0.5, rows without an answer.",
  })
  async warnings(@Root() { runId }: ModelVersion, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    const warnings = (await loaders.runs.load(runId))?.result?.warnings;
    return Array.isArray(warnings) ? warnings.map(String) : [];
  }

  @FieldResolver(() => Float, { nullable: true, description: "The value of this name's greatest step." })
  async metric(
    @Root() { runId }: ModelVersion,
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<number | null> {
    return metricValue(await loaders.latestMetrics.load(runId), name);
  }

  @FieldResolver(() => [StageTransitionType], { description: "Newest first." })
  transitions(
    @Root() { model, version }: ModelVersion,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<StageTransition[]> {
    return loaders.transitions.with({ first: listSize(first), before: null }).load({ model, version });
  }
}
