import {
  buildSchema,
  type GraphQLField,
  type GraphQLSchema,
  type GraphQLType,
  getNullableType,
  isListType,
  isObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing as definitions } from "../support/deployment/testing.js";

const DECLARED = "as long as what the deployment declares";
const A_PAGE = "the page that the connection's `first` asked for";
const THE_REQUEST = "as long as what the request names";
const THE_FILE = "as long as what the model's file declares";

/** Lists without an argument that bounds them, and what does. */
const BOUNDED_OTHERWISE: Readonly<Record<string, string>> = {
  "Query.featureViews": DECLARED,
  "Query.featureServices": DECLARED,
  "FeatureView.features": DECLARED,
  "Deployment.entities": DECLARED,
  "Deployment.services": DECLARED,
  "Entity.keys": DECLARED,
  "FeatureService.features": DECLARED,
  "FeatureService.request": DECLARED,
  "RequestFeature.oneOf": DECLARED,
  "AlertRule.on": "each event of this deployment once at most",
  "FeatureStoreStatus.views": DECLARED,
  "UserFeatures.statuses": DECLARED,
  "Viewer.modelRoles": "100 at most for a token, for a person what OIDC_ROLES declares",
  "Viewer.protocolRoles": "one for each protocol",
  "ApiToken.protocolRoles": "one for each protocol",
  "ApiToken.modelRoles": "100 at most for a token, for a person what OIDC_ROLES declares",
  "Snapshot.views": DECLARED,
  "Snapshot.sources": "a file for each declared source",
  "Snapshot.parts": "one for each declared source, and one for each view that was pushed to",
  "Snapshot.labelled": DECLARED,
  "IngestOutcome.carried": "one for each declared source",
  "IngestOutcome.late": "dates that have a snapshot with windows",
  "IngestOutcome.revised": "dates up to the next delivery of a source",
  "WithdrawOutcome.revised": "dates up to the next delivery of a source",
  "Delivery.lacks": DECLARED,
  "Delivery.files": "a file for each declared source",
  "DeliveryConnection.edges": A_PAGE,
  "DeliveryConnection.nodes": A_PAGE,
  "SnapshotDiff.views": DECLARED,
  "ViewDiff.features": DECLARED,
  "FeatureDiff.shares": "the 20 commonest values and the rest",
  "Query.featureProfile": DECLARED,
  "Snapshot.featureProfile": DECLARED,
  "FeatureProfile.quantiles": "at seven shares",
  "FeatureProfile.histogram": "24 bins at most",
  "FeatureProfile.values": "the 20 commonest values and the rest",
  "ValidationReport.expectations": DECLARED,
  "ValidationReport.quarantined": "one for each declared source",
  "ValidationReport.erased": "one for each declared source",
  "EraseOutcome.places": DECLARED,
  "EraseOutcome.artifacts": "the exports and drift reports of the dates in question",
  "EraseOutcome.versions": "the versions of the dates in question",
  "EraseOutcome.underWay": "trainings under way",
  "EraseOutcome.outside": "seven at most",
  "ErasureReach.belonging": DECLARED,
  "ErasureReach.places": DECLARED,
  "ErasureReach.artifacts": "the exports and drift reports of the dates in question",
  "ErasureReach.outside": "seven at most",
  "ExpectationResult.sample": "the first 20",
  "QuarantinedRow.masked": "as many as the row has values",
  "QuarantinedRow.reasons": "one for each expectation that is declared of its source",
  "StageTransition.gates": DECLARED,
  "PromotionCheck.gates": DECLARED,
  "HeldOutComparison.metrics": "those that the task compares by",
  "Prediction.classes": "the classes that the version knows",
  "Prediction.contributions": "one for each feature of the version",
  "PredictionError.missingFeatures": "features of the version",
  "ModelSignature.inputs": THE_FILE,
  "ModelSignature.outputs": THE_FILE,
  "ModelSignature.features": "features of the version",
  "TensorSpec.shape": THE_FILE,
  "TensorSpec.features": "features of the version",
  "ModelVersion.snapshots":
    "those of its features and labels, and the dates of the export it was trained from",
  "RegisterOutcome.warnings": "one for each check",
  "Evaluation.roc": "200 points",
  "Evaluation.precisionRecall": "200 points",
  "Evaluation.calibration": "ten bins",
  "Evaluation.uncalibrated": "ten bins",
  "Evaluation.lift": "ten buckets",
  "Evaluation.thresholds": "101 rows",
  "Evaluation.importances": "features of the version",
  "Importance.shapByClass": "classes of the task",
  "Evaluation.residuals": "bins of one histogram",
  "Evaluation.confusion": "classes of the task",
  "Evaluation.perClass": "classes of the task",
  "Evaluation.classes": "classes of the task",
  "ModelVersion.warnings": "one for each kind of thing that a registration looks for",
  "Run.steps": "those of its kind; a search has one for each of its 200 trials at most",
  "Run.metrics": "the first 10 000 points, as the contract has it",
  "ModelVersion.metrics": "those of its run, the first 10 000 points",
  "IngestOutcome.sources": DECLARED,
  "IngestOutcome.views": DECLARED,
  "MaterializeOutcome.views": DECLARED,
  "CompareOutcome.challengers": THE_REQUEST,
  "CompareOutcome.metrics": "those that the task compares by",
  "CompareOutcome.gates": DECLARED,
  "ReproduceOutcome.differences": "leaves of a training's record",
  "ReproduceOutcome.environment": "leaves of a training's record",
  "TuneOutcome.trials": "500 at most",
  "ParityOutcome.byView": DECLARED,
  "DriftOutcome.driftedFeatures": DECLARED,
  "DriftOutcome.notCompared": DECLARED,
  "ExternalOutcome.warnings": "one for each kind of thing that a registration looks for",
  "ExportOutcome.columns": DECLARED,
  "ExportOutcome.files": "one for each format",
  "JoinOutcome.columns": DECLARED,
  "TrainExternallyOutcome.metrics": "those that the task compares by",
  "TrainExternallyOutcome.gates": DECLARED,
  "ResnapshotOutcome.views": DECLARED,
  // At most 1 000 dates in one run.
  "BackfillOutcome.made": DECLARED,
  "WithdrawOutcome.live": DECLARED,
  "WithdrawOutcome.online": DECLARED,
  "RunComparison.runs": THE_REQUEST,
  "ComparedValue.values": THE_REQUEST,
  "PushResult.outcomes": THE_REQUEST,
  "PushResult.warnings": "the expectations of each row that the request names",
  "Health.problems": "one for each part, view and model that is served",
  "ExperimentConnection.edges": A_PAGE,
  "ExperimentConnection.nodes": A_PAGE,
  "EntityRowConnection.edges": A_PAGE,
  "EntityRowConnection.nodes": A_PAGE,
  "AuditLogConnection.edges": A_PAGE,
  "AuditLogConnection.nodes": A_PAGE,
  "PredictionLogConnection.edges": A_PAGE,
  "PredictionLogConnection.nodes": A_PAGE,
  "QuarantinedRowConnection.edges": A_PAGE,
  "QuarantinedRowConnection.nodes": A_PAGE,
  "RunConnection.edges": A_PAGE,
  "RunConnection.nodes": A_PAGE,
  "SnapshotConnection.edges": A_PAGE,
  "SnapshotConnection.nodes": A_PAGE,
  "UserConnection.edges": A_PAGE,
  "UserConnection.nodes": A_PAGE,
};

const schema = await buildAsofSchema(definitions);
const isList = (type: GraphQLType): boolean => isListType(getNullableType(type));

/** How many at most, or the very ones. */
const isBounded = ({ args }: GraphQLField<unknown, unknown>): boolean =>
  args.some(({ name, type }) => (name === "first" && `${getNullableType(type)}` === "Int") || isList(type));

function lists(of: GraphQLSchema): [string, GraphQLField<unknown, unknown>][] {
  return Object.values(of.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
    .flatMap((type) =>
      Object.values(isObjectType(type) ? type.getFields() : {})
        .filter((field) => isList(field.type))
        .map((field): [string, GraphQLField<unknown, unknown>] => [`${type.name}.${field.name}`, field]),
    );
}

const unbounded = (of: GraphQLSchema): string[] =>
  lists(of)
    .filter(([, field]) => !isBounded(field))
    .map(([coordinate]) => coordinate);

test("every list of the schema is bounded, by an argument or by what it is a list of", () => {
  expect(unbounded(schema).filter((coordinate) => !(coordinate in BOUNDED_OTHERWISE))).toEqual([]);
});

test("no reason is kept for a list that is gone or has an argument", () => {
  const without = new Set(unbounded(schema));
  expect(Object.keys(BOUNDED_OTHERWISE).filter((coordinate) => !without.has(coordinate))).toEqual([]);
});

test("a list that grows with use and has no bound is found", () => {
  const other = buildSchema(
    "type Query { all: [Query!]! some(first: Int = 9): [Query] these(ids: [ID!]!): [Query!] texts: [String] }",
  );
  expect(unbounded(other)).toEqual(["Query.all", "Query.texts"]);
});

test("`first` always has a default", () => {
  const open = lists(schema).flatMap(([coordinate, { args }]) =>
    args
      .filter(({ name, defaultValue }) => name === "first" && defaultValue === undefined)
      .map(() => coordinate),
  );
  expect(open).toEqual([]);
});
