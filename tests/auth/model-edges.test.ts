import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
} from "graphql";
import { describe, expect, test } from "vitest";
import type { GivenRole, Identity, ModelRoles } from "../../src/auth/identity.js";
import { ForbiddenError } from "../../src/errors/auth-errors.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { createContext } from "../../src/resolvers/context.js";
import { modelArgument } from "../../src/resolvers/needs.js";
import { query, startApp } from "../http/running-app.js";
import { testing } from "../support/deployment/testing.js";
import { fakeRun, fakeServices, fakeVersion } from "../support/fake-services.js";

const schema = await buildAsofSchema(testing);

interface Edge {
  type: GraphQLObjectType;
  field: GraphQLField<unknown, unknown>;
}
const nameOf = ({ type, field }: Edge) => `${type.name}.${field.name}`;

const edgesOf = (type: GraphQLObjectType): Edge[] =>
  Object.values(type.getFields()).map((field) => ({ type, field }));

/** Whether it asks for a role everywhere: who has roles for models alone comes no further. */
const isClosed = ({ field }: Edge) => field.extensions.role !== undefined;

/** Every field that a role for a model opens, or leads to. */
function reachedEdges(): Edge[] {
  const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];
  const waiting = roots.flatMap(edgesOf).filter(({ field }) => modelArgument(field) !== null);
  const reached: Edge[] = [];
  const seen = new Set<GraphQLObjectType>();
  for (let edge = waiting.pop(); edge; edge = waiting.pop()) {
    if (!roots.includes(edge.type)) reached.push(edge);
    if (isClosed(edge) && !roots.includes(edge.type)) continue;
    const type = getNamedType(edge.field.type);
    const types = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];
    for (const each of types) {
      if (seen.has(each)) continue;
      seen.add(each);
      waiting.push(...edgesOf(each));
    }
  }
  return reached;
}

/** What stands by itself, by an id or as pages, and each list of what does: it could be somebody else's. */
function isThing({ type, field }: Edge): boolean {
  const found = getNamedType(field.type);
  if (!isObjectType(found)) return false;
  const isPaged = field.args.some(({ name }) => ["first", "after", "before"].includes(name));
  const isListed = "id" in type.getFields() && isListType(getNullableType(field.type));
  return isPaged || isListed || found.name.endsWith("Connection") || "id" in found.getFields();
}

const isJudged = ({ field }: Edge) => ["ModelVersion", "Run"].includes(getNamedType(field.type).name);

describe("from what a role for a model opens", () => {
  const things = reachedEdges().filter((edge) => isThing(edge) && !isClosed(edge));
  const named = (of: (edge: Edge) => boolean) => things.filter(of).map(nameOf).sort();

  test("versions and runs are held against the model that they are of; one that is added is to be thought about", () => {
    expect(named(isJudged)).toMatchInlineSnapshot(`
      [
        "CompareOutcome.candidate",
        "CompareOutcome.challengers",
        "CompareOutcome.production",
        "DriftOutcome.retraining",
        "EraseOutcome.underWay",
        "EraseOutcome.versions",
        "ExternalOutcome.version",
        "IngestOutcome.quarantinedBy",
        "ModelVersion.judgedBy",
        "ModelVersion.run",
        "ModelVersion.trainedOn",
        "Prediction.modelVersion",
        "PromotionCheck.replaces",
        "RegisterOutcome.version",
        "RegisteredModel.alias",
        "RegisteredModel.latest",
        "RegisteredModel.production",
        "RegisteredModel.staging",
        "RegisteredModel.versions",
        "ReproduceOutcome.original",
        "Run.children",
        "Run.modelVersion",
        "Run.parent",
        "RunEvent.run",
        "Snapshot.run",
        "TrainExternallyOutcome.production",
        "TrainExternallyOutcome.trainer",
        "TrainExternallyOutcome.trainingSet",
        "TrainExternallyOutcome.version",
        "TrainOutcome.version",
        "TuneOutcome.version",
        "TuneTrial.run",
        "Withdrawal.run",
      ]
    `);
  });

  test("all else that it leads to is the same model's, or what that was made of; one that is added is to be thought about", () => {
    expect(named((edge) => !isJudged(edge))).toMatchInlineSnapshot(`
      [
        "IngestOutcome.revised",
        "IngestOutcome.snapshot",
        "MaterializeOutcome.snapshot",
        "ModelVersion.metrics",
        "ModelVersion.snapshot",
        "ModelVersion.snapshots",
        "ModelVersion.transitions",
        "RegisteredModel.aliases",
        "RegisteredModel.canaries",
        "RegisteredModel.canary",
        "RegisteredModel.changes",
        "RegisteredModel.liveHistory",
        "RegisteredModel.transitions",
        "ResnapshotOutcome.snapshot",
        "Run.artifacts",
        "Run.events",
        "Run.latestMetrics",
        "Run.metricHistory",
        "Run.metrics",
        "Run.snapshot",
        "Run.steps",
        "Snapshot.featureProfile",
        "Snapshot.parts",
        "Snapshot.sources",
        "Snapshot.views",
        "StageTransition.gates",
        "WithdrawOutcome.revised",
        "WithdrawOutcome.snapshot",
      ]
    `);
  });

  test("what is of no model asks for its role everywhere", () => {
    expect(reachedEdges().filter(isClosed).map(nameOf).sort()).toEqual(["Run.experiment", "Run.quarantined"]);
    const types = new Set(reachedEdges().map(({ type }) => type.name));
    expect(
      ["Experiment", "RunConnection", "QuarantinedRowConnection"].filter((name) => types.has(name)),
    ).toEqual([]);
  });
});

const ID = "0190a000-0000-7000-8000-000000000000";
const identityOf = (role: GivenRole, modelRoles: ModelRoles): Identity => ({
  ...{ actor: "t", role, modelRoles, protocolRoles: {}, seesPersonal: false },
  ...{ kind: "token", id: "1", expiresAt: null },
});

/** Services where every run and version that is found is of the model `fraud`. */
function servicesOfFraud(kind = "TRAIN") {
  const services = fakeServices();
  const run = { ...fakeRun, kind, params: { model: "fraud" }, parentRunId: ID };
  const version = { ...fakeVersion, model: "fraud" };
  const serving = [version, { ...version, stage: "STAGING" as const }];
  services.runs.findByIds = async (ids) => ids.map((id) => ({ ...run, id }));
  services.runs.children = async (ids) => ids.map(() => [run]);
  services.models.versions = async (names) => names.map(() => [version]);
  services.models.servingVersions = async (names) => names.map(() => serving);
  services.models.findVersionsByRun = async (ids) => ids.map(() => version);
  services.catalogue.findByAliases = async (keys) => keys.map(() => version);
  return { services, run, version };
}

/** Whether somebody with a role for this model alone is refused what the edge leads to. */
async function isRefused(edge: Edge, identity: Identity, kind?: string): Promise<boolean> {
  const { services, run, version } = servicesOfFraud(kind);
  const { type, field } = edge;
  const found = getNamedType(field.type).name === "Run" ? run : version;
  const ids = { parentRunId: ID, runId: ID, judgedBy: ID, trainedOn: ID, name: "churn", kind: run.kind };
  const parent = { ...run, ...version, ...ids };
  const given = isListType(getNullableType(field.type)) ? [found] : found;
  const context = createContext(services, identity);
  const info = { fieldName: field.name, parentType: type };
  const args = { name: "best", first: 10 };
  try {
    await field.resolve!({ ...parent, [field.name]: given }, args, context, info as never);
    return false;
  } catch (error) {
    if (error instanceof ForbiddenError) return true;
    throw error;
  }
}

test.each(
  reachedEdges()
    .filter((edge) => isJudged(edge) || isClosed(edge))
    .map((edge) => [nameOf(edge), edge] as const),
)("%s gives nothing of another model to whom a role for one was given", async (_, edge) => {
  expect([
    await isRefused(edge, identityOf("none", { churn: "admin" })),
    await isRefused(edge, identityOf("none", { fraud: "viewer" })),
    await isRefused(edge, identityOf("viewer", {})),
  ]).toEqual([true, isClosed(edge), false]);
});

test("which runs clients put beneath theirs is read by who reads all", async () => {
  for (const name of ["parent", "children"]) {
    const type = schema.getType("Run") as GraphQLObjectType;
    const edge = { type, field: type.getFields()[name]! };
    expect([
      await isRefused(edge, identityOf("none", { fraud: "admin" }), "EXTERNAL"),
      await isRefused(edge, identityOf("viewer", {}), "EXTERNAL"),
    ]).toEqual([true, false]);
  }
});

test("a role for a model reads its version and the run that made it, and not what else ran", async () => {
  const services = fakeServices();
  services.runs.findByIds = async (ids) =>
    ids.map((id) => ({ ...fakeRun, id, kind: "TRAIN", params: { model: "churn" } }));
  services.auth = {
    ...services.auth,
    open: false,
    authenticate: () => identityOf("none", { churn: "viewer" }),
  };
  const { app } = await startApp({}, services);
  const ask = (run: string) => query(app, `{ model(name: "churn") { versions { version run { ${run} } } } }`);
  expect(await ask("kind params")).toEqual({
    data: { model: { versions: [{ version: 3, run: { kind: "TRAIN", params: { model: "churn" } } }] } },
  });
  const { data, errors } = await ask("experiment { runs(first: 1000) { nodes { id params } } }");
  expect(data).toEqual({ model: { versions: [{ version: 3, run: null }] } });
  expect(errors).toMatchObject([
    {
      message: 'Run.experiment asks for the role viewer; "t" is none; use a token of that role',
      extensions: { code: "FORBIDDEN", needed: "viewer", role: "none" },
    },
  ]);
});
