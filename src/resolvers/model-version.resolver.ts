import { Arg, Ctx, FieldResolver, Float, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Snapshot } from "../features/types.js";
import { listSize, parseName, parseReason } from "../inputs/arguments.js";
import {
  isJudged,
  type ModelFeature,
  type ModelVersion,
  type StageTransition,
  type VersionEntry,
} from "../registry/model.js";
import type { Metric, Run } from "../registry/run.js";
import { notJudged, type Servability, whyNotServable } from "../registry/servability.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { EvaluationType } from "../schema/evaluation.type.js";
import { EVALUATION } from "../schema/field-costs.js";
import { MetricType } from "../schema/metric.type.js";
import { ModelFeatureType, ModelVersionType } from "../schema/model-version.type.js";
import { PromoteInput } from "../schema/promote.input.js";
import { RunType } from "../schema/run.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import { StageTransitionType } from "../schema/stage-transition.type.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import type { Loaders } from "./loaders.js";
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
  ): Promise<VersionEntry | null> {
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
  async servable(@Root() version: VersionEntry, @Ctx() { loaders }: GraphQLContext): Promise<boolean> {
    return (await servabilityOf(version, loaders)).servable;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Why it cannot be served, and what helps; null where it can.",
  })
  async notServable(
    @Root() version: VersionEntry,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<string | null> {
    return whyNotServable(await servabilityOf(version, loaders));
  }

  @FieldResolver(() => RunType, {
    nullable: true,
    description:
      "The run that trained it, or the EXTERNAL run it was registered from; null where it was registered without one.",
  })
  async run(@Root() { runId }: VersionEntry, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return runId === null ? null : loaders.runs.load(runId);
  }

  @FieldResolver(() => RunType, {
    nullable: true,
    description:
      "The run that measured it, or is to: its training, or a REGISTER run. Null of a version that is only kept.",
  })
  async judgedBy(
    @Root() { judgedBy }: VersionEntry,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Run | null> {
    return judgedBy === null ? null : loaders.runs.load(judgedBy);
  }

  @FieldResolver(() => RunType, {
    nullable: true,
    description: "The EXPORT run that wrote what it was trained on elsewhere; null where nobody said.",
  })
  async trainedOn(
    @Root() { trainedOn }: VersionEntry,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Run | null> {
    return trainedOn === null ? null : loaders.runs.load(trainedOn);
  }

  @FieldResolver(() => SnapshotType, {
    nullable: true,
    description:
      "The snapshot of its features: it was trained on it, or, if trained elsewhere, measured on it. Null until it is judged.",
  })
  async snapshot(
    @Root() { snapshotId }: VersionEntry,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot | null> {
    return snapshotId === null ? null : loaders.snapshots.load(snapshotId);
  }

  @FieldResolver(() => [SnapshotType], {
    description:
      "All that it was trained on: the snapshot of its features, then that of its labels where it is another, then those of\n" +
      "the other dates of a panel; of a model trained elsewhere those it was measured on, then those of the export it was trained from, where that is known.",
  })
  async snapshots(
    @Root() { snapshotId, labelSnapshotId, trainedSnapshots }: VersionEntry,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot[]> {
    const ids = [snapshotId, labelSnapshotId, ...trainedSnapshots].filter((id) => id !== null);
    const found = await Promise.all([...new Set(ids)].map((id) => loaders.snapshots.load(id)));
    return found.filter((snapshot) => snapshot !== null);
  }

  @FieldResolver(() => EvaluationType, {
    nullable: true,
    complexity: EVALUATION,
    description:
      "Curves, counts by threshold and importances on the held-out rows, as charts need them. Read from what was kept when the\n" +
      "version was judged, never scored again; null where nothing was kept, as of models registered before 0.2.",
  })
  async evaluation(
    @Root() version: VersionEntry,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ModelEvaluation | null> {
    return isJudged(version) ? loaders.evaluations.load(version) : null;
  }

  @FieldResolver(() => [MetricType], {
    description: "Of the run that measured it: every point, as Run.metrics.",
  })
  async metrics(@Root() { judgedBy }: VersionEntry, @Ctx() { loaders }: GraphQLContext): Promise<Metric[]> {
    return judgedBy === null ? [] : loaders.runMetrics.load(judgedBy);
  }

  @FieldResolver(() => [String], {
    description: "What its registration found and did not refuse: an auc below 0.5, rows without an answer.",
  })
  async warnings(@Root() { judgedBy }: VersionEntry, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    const warnings = judgedBy !== null && (await loaders.runs.load(judgedBy))?.result?.warnings;
    return Array.isArray(warnings) ? warnings.map(String) : [];
  }

  @FieldResolver(() => Float, { nullable: true, description: "The value of this name's greatest step." })
  async metric(
    @Root() { judgedBy }: VersionEntry,
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<number | null> {
    return judgedBy === null ? null : metricValue(await loaders.latestMetrics.load(judgedBy), name);
  }

  @FieldResolver(() => [StageTransitionType], { description: "Newest first." })
  transitions(
    @Root() { model, version }: VersionEntry,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<StageTransition[]> {
    return loaders.transitions.with({ first: listSize(first), before: null }).load({ model, version });
  }
}

@Resolver(() => ModelFeatureType)
export class ModelFeatureResolver {
  @FieldResolver(() => Boolean, {
    description:
      "True where the model takes a category as its code of the export that it was trained on; an empty value, or a category that the export did not have, is missing to it.",
  })
  encoded(@Root() { categories }: ModelFeature): boolean {
    return categories !== undefined;
  }
}

const servabilityOf = async (version: VersionEntry, loaders: Loaders): Promise<Servability> =>
  isJudged(version) ? loaders.servability.load(version) : notJudged(version);
