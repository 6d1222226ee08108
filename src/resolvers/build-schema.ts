import "reflect-metadata";
import { type GraphQLObjectType, GraphQLSchema, isObjectType } from "graphql";
import { buildSchema } from "type-graphql";
import { alertChannels } from "../alerts/channels/registry.js";
import { alertEvents } from "../alerts/events/registry.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { runKinds } from "../jobs/run-kinds.js";
import { declareAlerts } from "../schema/alert.enum.js";
import { declareAlgorithms } from "../schema/algorithm.enum.js";
import { describeSchema } from "../schema/descriptions/describe-schema.js";
import { declareOtherEntities } from "../schema/entity-rows.type.js";
import { makeScalarsExact } from "../schema/exact-scalars.js";
import { declareFeatures } from "../schema/features.type.js";
import { declareRunKinds } from "../schema/run.enum.js";
import { declareUser } from "../schema/user.type.js";
import type { Services } from "../services/services.js";
import { AccessResolver } from "./access.resolver.js";
import { AlertResolver } from "./alert.resolver.js";
import { ArtifactResolver } from "./artifact.resolver.js";
import { AuditLogResolver } from "./audit-log.resolver.js";
import { auditMutations, recordRefusal } from "./audit-mutations.js";
import { ArmResolver, CanariesResolver, CanaryResolver } from "./canary.resolver.js";
import type { GraphQLContext } from "./context.js";
import { DeliveryResolver } from "./delivery.resolver.js";
import { DeploymentResolver } from "./deployment.resolver.js";
import { EntityRowResolver } from "./entity-row.resolver.js";
import { ErasureReachResolver, ErasureResolver } from "./erasure.resolver.js";
import { EventRetentionResolver, EventSourceRetentionResolver } from "./event-retention.resolver.js";
import { ExperimentResolver, RunExperimentResolver } from "./experiment.resolver.js";
import {
  DriftPointResolver,
  FeatureProfileResolver,
  SnapshotProfileResolver,
} from "./feature-profile.resolver.js";
import { FeatureStoreStatusResolver } from "./feature-store-status.resolver.js";
import { FeatureViewResolver } from "./feature-view.resolver.js";
import { FeaturesResolver } from "./features.resolver.js";
import { guardEdges } from "./guard-edges.js";
import { HealthResolver } from "./health.resolver.js";
import { JobResolver } from "./job.resolver.js";
import { createLoaders, type Loaders } from "./loaders.js";
import { handOnLongLists } from "./long-lists.js";
import { MetricResolver } from "./metric.resolver.js";
import { ModelCatalogueResolver } from "./model-catalogue.resolver.js";
import { ModelFeatureResolver, ModelVersionResolver } from "./model-version.resolver.js";
import { LiveHistoryResolver, MonitoringResolver } from "./monitoring.resolver.js";
import { nameSchema } from "./name-schema.js";
import { guardRootFields } from "./needs.js";
import { NodeResolver } from "./node.resolver.js";
import { declareNodes } from "./node-types.js";
import { declareOneOf } from "./one-of.js";
import { otherEntityResolver } from "./other-entities.js";
import { PredictionOutcomeResolver, PredictionResolver } from "./prediction.resolver.js";
import { PredictionLogResolver } from "./prediction-log.resolver.js";
import { PromotionCheckResolver } from "./promotion-check.resolver.js";
import { PushResolver } from "./push.resolver.js";
import { QuarantineResolver, ValidationReportResolver } from "./quarantine.resolver.js";
import { RegisteredModelResolver } from "./registered-model.resolver.js";
import { RetentionReportResolver, RetentionResolver } from "./retention.resolver.js";
import { RunComparisonResolver, RunResolver } from "./run.resolver.js";
import { RunConnectionResolver } from "./run-connection.resolver.js";
import { RunEventResolver } from "./run-event.resolver.js";
import { declareRunMutations } from "./run-mutations.js";
import { declareRunOutcomes } from "./run-outcome.js";
import { RunRetentionResolver } from "./run-retention.resolver.js";
import { RunTreeResolver } from "./run-tree.resolver.js";
import { ScheduleFiringResolver, ScheduleResolver } from "./schedule.resolver.js";
import { SnapshotResolver, WithdrawalResolver } from "./snapshot.resolver.js";
import { StageTransitionResolver } from "./stage-transition.resolver.js";
import { TrackingResolver } from "./tracking.resolver.js";
import { UserResolver } from "./user.resolver.js";
import { VersionComparisonResolver } from "./version-comparison.resolver.js";

let built: { definitions: Deployment; schema: Promise<GraphQLSchema> } | undefined;

/**
 * The schema of one deployment. type-graphql keeps what decorators declare for the whole process, so a
 * process has one deployment; asking again gives the same schema.
 * @throws {Error} asked for a second deployment, or two columns would be one field
 */
export async function buildAsofSchema(definitions: Deployment): Promise<GraphQLSchema> {
  if (built && built.definitions !== definitions) {
    throw new Error(
      "the schema of this process was already built from other definitions; use another process for these",
    );
  }
  built ??= { definitions, schema: build(definitions) };
  return built.schema;
}

async function build(definitions: Deployment): Promise<GraphQLSchema> {
  makeScalarsExact();
  declareRunKinds(runKinds);
  declareAlerts(alertEvents, alertChannels);
  declareFeatures(definitions);
  declareUser(definitions);
  const others = declareOtherEntities(definitions);
  declareAlgorithms();
  const unordered = await buildSchema({
    resolvers: [
      HealthResolver,
      DeploymentResolver,
      DeliveryResolver,
      UserResolver,
      ...others.map((rows) => otherEntityResolver(definitions, rows)),
      ErasureResolver,
      ErasureReachResolver,
      EntityRowResolver,
      NodeResolver,
      FeaturesResolver,
      FeatureViewResolver,
      FeatureProfileResolver,
      SnapshotProfileResolver,
      DriftPointResolver,
      PushResolver,
      FeatureStoreStatusResolver,
      SnapshotResolver,
      WithdrawalResolver,
      RetentionResolver,
      EventRetentionResolver,
      EventSourceRetentionResolver,
      RetentionReportResolver,
      RunResolver,
      RunConnectionResolver,
      RunComparisonResolver,
      RunExperimentResolver,
      ExperimentResolver,
      RunEventResolver,
      TrackingResolver,
      RunRetentionResolver,
      MetricResolver,
      QuarantineResolver,
      ValidationReportResolver,
      ArtifactResolver,
      declareRunMutations(runKinds, definitions),
      declareRunOutcomes(runKinds, definitions),
      JobResolver,
      ScheduleResolver,
      ScheduleFiringResolver,
      AlertResolver,
      RunTreeResolver,
      ModelCatalogueResolver,
      RegisteredModelResolver,
      ModelVersionResolver,
      ModelFeatureResolver,
      PromotionCheckResolver,
      VersionComparisonResolver,
      MonitoringResolver,
      CanaryResolver,
      CanariesResolver,
      ArmResolver,
      LiveHistoryResolver,
      StageTransitionResolver,
      PredictionResolver,
      PredictionOutcomeResolver,
      PredictionLogResolver,
      AccessResolver,
      AuditLogResolver,
    ],
    validate: false,
    // It would introspect the schema, a fifth of a process's start; Apollo Server refuses one that is not valid, too.
    skipCheck: true,
    // Required by type-graphql and never used: each subscription brings its own iterator.
    pubSub: { publish: () => {}, subscribe: () => ({ [Symbol.asyncIterator]: () => never }) },
  });
  // What implements an interface comes first otherwise; by reference the emitted schema begins with Query.
  const schema = new GraphQLSchema({ ...unordered.toConfig(), types: [] });
  for (const type of Object.values(schema.getTypeMap())) if (isObjectType(type)) inSourceOrder(type);
  declareOneOf(schema);
  describeSchema(schema);
  declareNodes(schema, definitions);
  readAfresh(schema.getMutationType(), ({ services }) => createLoaders(services));
  readAfresh(schema.getSubscriptionType(), loadersOfEvent);
  auditMutations(schema);
  guardRootFields(schema, recordRefusal);
  guardEdges(schema);
  handOnLongLists(schema);
  return nameSchema(schema, definitions);
}

const never = { next: async () => ({ done: true as const, value: undefined }) };

/** Parameter decorators run from the last to the first, and type-graphql keeps that order. */
function inSourceOrder(type: GraphQLObjectType): void {
  if (type.name.startsWith("__")) return;
  for (const field of Object.values(type.getFields())) field.args = field.args.toReversed();
}

/**
 * What a mutation changed, and what changed between two events of a subscription, must not be answered
 * from a loader's memory: each root field, and each event, starts with empty loaders.
 */
function readAfresh(
  type: GraphQLObjectType | null | undefined,
  loadersOf: (context: GraphQLContext, root: unknown) => Loaders,
): void {
  for (const field of Object.values(type?.getFields() ?? {})) {
    const resolve = field.resolve!;
    field.resolve = async (root, args, context: GraphQLContext, info) => {
      const result = await resolve(root, args, context, info);
      context.loaders = loadersOf(context, root);
      return result;
    };
  }
}

/** Subscribers are handed an event within this; who is later asks for himself. */
const EVENT_SHARED_MS = 1_000;
const ofEvents = new WeakMap<object, { services: Services; loaders: Loaders; until: number }>();

/** A thousand subscribers to one event ask the database as one: each is handed the same object by the process's one reader. */
function loadersOfEvent({ services }: GraphQLContext, event: unknown): Loaders {
  if (typeof event !== "object" || event === null) return createLoaders(services);
  const now = performance.now();
  let shared = ofEvents.get(event);
  if (!shared || shared.until < now || shared.services !== services) {
    shared = { services, loaders: createLoaders(services), until: now + EVENT_SHARED_MS };
    ofEvents.set(event, shared);
  }
  return shared.loaders;
}
