import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { asofHere } from "../../support/cli.js";
import { type Answer, MlflowCalls, refusal, refused } from "./support.js";

let app: TestApp;
let mlflow: MlflowCalls;
beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app).with({ "x-asof-actor": "ada" });
});
afterAll(() => app?.stop());

const proxied = (uri: string, path: string): string =>
  `${app.asof.address}/mlflow/api/2.0/mlflow-artifacts/artifacts/${uri.replace("mlflow-artifacts:/", "")}/${path}`;

/** A logged model with one file: what versions are registered from. */
async function logged(bytes: string): Promise<string> {
  const { model } = await mlflow.ok("POST", "logged-models", { experiment_id: "0", name: "model" });
  const { model_id, artifact_uri } = model.info;
  expect((await fetch(proxied(artifact_uri, "model.pkl"), { method: "PUT", body: bytes })).status).toBe(200);
  return model_id;
}
const register = (name: string, model: string): Promise<Answer> =>
  mlflow.post("model-versions/create", { name, source: `models:/${model}` });
const rename = (name: string, new_name: string): Promise<Answer> =>
  mlflow.post("registered-models/rename", { name, new_name });
async function kept(name: string, versions = 0): Promise<void> {
  await mlflow.ok("POST", "registered-models/create", { name });
  if (versions === 0) return;
  const model = await logged("x");
  for (let made = 0; made < versions; made++) expect((await register(name, model)).status).toBe(200);
}
const versionsOf = async (name: string): Promise<string[]> => {
  const found = await mlflow.ok("GET", "model-versions/search", { filter: `name = '${name}'` });
  return (found.model_versions ?? []).map(({ version }: { version: string }) => version);
};
const CHANGES = "query($name: String!) { model(name: $name) { changes { actor message } } }";
const changesOf = async (name: string): Promise<string[]> => {
  const { model } = await app.client.query(CHANGES, { name });
  return model.changes.map(({ actor, message }: Record<string, string>) => `${actor}: ${message}`);
};

describe("a kept model that is renamed", () => {
  it("has its versions, files, stages, aliases, tags and history under the new name; what was said before says the old one", async () => {
    const model = await logged("the bytes");
    await mlflow.ok("POST", "registered-models/create", {
      ...{ name: "old", description: "of January", tags: [{ key: "team", value: "growth" }] },
    });
    for (let made = 0; made < 2; made++) expect((await register("old", model)).status).toBe(200);
    await mlflow.ok("POST", "registered-models/alias", { name: "old", alias: "champion", version: "1" });
    await mlflow.ok("POST", "model-versions/set-tag", { name: "old", version: "2", key: "data", value: "x" });
    await mlflow.ok("POST", "model-versions/transition-stage", {
      name: "old",
      version: "2",
      stage: "Staging",
    });
    // As MLflow's client does where it registers a logged model.
    const said = '[{"name": "old", "version": 1}]';
    await mlflow.send("PATCH", `logged-models/${model}/tags`, {
      tags: [{ key: "mlflow.modelVersions", value: said }],
    });

    const { registered_model } = await mlflow.ok("POST", "registered-models/rename", {
      ...{ name: "old", new_name: "new" },
    });
    expect(registered_model).toMatchObject({
      name: "new",
      description: "of January",
      tags: [{ key: "team", value: "growth" }],
      aliases: [{ alias: "champion", version: "1" }],
    });
    const named = await mlflow.ok("GET", "registered-models/alias", { name: "new", alias: "champion" });
    expect(named.model_version).toMatchObject({ name: "new", version: "1", aliases: ["champion"] });
    const { artifact_uri } = await mlflow.ok("GET", "model-versions/get-download-uri", {
      ...{ name: "new", version: "1" },
    });
    expect(await (await fetch(proxied(artifact_uri, "model.pkl"))).text()).toBe("the bytes");
    const staged = await mlflow.ok("POST", "registered-models/get-latest-versions", {
      ...{ name: "new", stages: ["Staging"] },
    });
    expect(staged.model_versions).toMatchObject([{ version: "2", tags: [{ key: "data", value: "x" }] }]);

    expect([await versionsOf("new"), await versionsOf("old")]).toEqual([["2", "1"], []]);
    const search = async (filter: string) =>
      ((await mlflow.ok("GET", "registered-models/search", { filter })).registered_models ?? []).map(
        ({ name }: { name: string }) => name,
      );
    expect([await search("name = 'new'"), await search("name = 'old'")]).toEqual([["new"], []]);
    for (const [path, query] of [
      ["registered-models/get", { name: "old" }],
      ["registered-models/alias", { name: "old", alias: "champion" }],
      ["model-versions/get", { name: "old", version: "1" }],
    ] as const)
      expect([path, await mlflow.get(path, query).then(refused)]).toEqual([
        path,
        [404, "RESOURCE_DOES_NOT_EXIST"],
      ]);

    const history = await app.client.query(
      'query { model(name: "new") { transitions { model version from to actor } } }',
    );
    expect(history.model.transitions).toEqual([
      { model: "new", version: 2, from: "NONE", to: "STAGING", actor: "ada" },
    ]);
    expect(await changesOf("new")).toEqual([
      "ada: renamed from old",
      "ada: version 2: tag data: x",
      "ada: alias champion: version 1",
      `ada: version 2 registered from models:/${model}`,
      `ada: version 1 registered from models:/${model}`,
      "ada: made",
    ]);
    const { model: of } = await mlflow.ok("GET", `logged-models/${model}` as "logged-models");
    expect(of.info.tags).toEqual([{ key: "mlflow.modelVersions", value: said }]);
  });

  it("leaves its name free, under which no version number is given twice", async () => {
    await kept("first", 2);
    expect((await rename("first", "second")).status).toBe(200);
    await kept("first", 1);
    expect([await versionsOf("first"), await versionsOf("second")]).toEqual([["3"], ["2", "1"]]);
    expect((await rename("second", "third")).status).toBe(200);
    expect((await rename("third", "second")).status).toBe(200);
    expect(await changesOf("second")).toEqual(
      expect.arrayContaining([
        "ada: renamed from third",
        "ada: renamed from second",
        "ada: renamed from first",
      ]),
    );
    expect((await register("second", await logged("y"))).body.model_version.version).toBe("3");
  });

  it("is not given a name that is another's, and none that the deployment serves is given up", async () => {
    await kept("mine", 1);
    await kept("theirs");
    expect(await rename("mine", "theirs").then(refusal)).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
      'the name "theirs" is taken: there is a model of that name already; take another',
    ]);
    expect(await rename("mine", "churn").then(refusal)).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
      'the name "churn" is taken: it is that of a model that the deployment serves, by its definition; take another',
    ]);
    expect(await rename("churn", "free").then(refusal)).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      'model "churn" is one that the deployment serves: its definition has the name; it cannot be deleted or renamed',
    ]);
    expect(await rename("nobody", "free").then(refused)).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
    for (const name of ["", "a/b", "a:b", "x".repeat(257)])
      expect([name, await rename("mine", name).then(refused)]).toEqual([
        name,
        [400, "INVALID_PARAMETER_VALUE"],
      ]);
    // One that was deleted gives up its name, unless stages of its versions are on record under it.
    await mlflow.send("DELETE", "registered-models/delete", { name: "theirs" });
    expect((await rename("mine", "theirs")).status).toBe(200);
    await kept("moved", 1);
    for (const stage of ["Staging", "Archived"])
      await mlflow.ok("POST", "model-versions/transition-stage", { name: "moved", version: "1", stage });
    await mlflow.send("DELETE", "registered-models/delete", { name: "moved" });
    expect(await rename("theirs", "moved").then(refusal)).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
      'the name "moved" is taken: a deleted model left its history of stages under it; take another',
    ]);
    expect((await rename("theirs", "theirs")).body.registered_model.name).toBe("theirs");
    expect((await changesOf("theirs")).filter((each) => each.includes("renamed"))).toEqual([
      "ada: renamed from mine",
    ]);
  });

  it("changes one after another with whatever else is done to it", async () => {
    for (const name of ["one", "two", "three", "four", "five"]) await kept(name, 1);
    const codes = async (...answers: Promise<Answer>[]) =>
      (await Promise.all(answers)).map(({ status, body }) => body.error_code ?? status).sort();
    // One model takes one of two names, and one of two models takes the name.
    expect(await codes(rename("one", "a"), rename("one", "b"))).toEqual([200, "RESOURCE_DOES_NOT_EXIST"]);
    expect(await codes(rename("two", "c"), rename("three", "c"))).toEqual([200, "RESOURCE_ALREADY_EXISTS"]);
    expect(await codes(rename("four", "five"), rename("five", "four"))).toEqual([
      "RESOURCE_ALREADY_EXISTS",
      "RESOURCE_ALREADY_EXISTS",
    ]);

    await kept("busy", 3);
    const model = await logged("z");
    const on = (name: string, round: number): Promise<Answer>[] => [
      register(name, model),
      mlflow.post("registered-models/alias", { name, alias: `a${round}`, version: "1" }),
      mlflow.post("registered-models/set-tag", { name, key: `k${round}`, value: "v" }),
      mlflow.post("model-versions/set-tag", { name, version: "2", key: `k${round}`, value: "v" }),
      mlflow.post("model-versions/transition-stage", {
        name,
        version: "3",
        stage: round % 2 ? "Staging" : "None",
      }),
      mlflow.send("DELETE", "registered-models/alias", { name, alias: `a${round - 1}` }),
    ];
    let name = "busy";
    for (let round = 0; round < 6; round++) {
      const next = `busy ${round}`;
      const [renamed, ...others] = await Promise.all([rename(name, next), ...on(name, round)]);
      expect(renamed.status).toBe(200);
      // Each was before the rename, or found nothing any more.
      for (const { status, body } of others) expect([200, 400, 404], JSON.stringify(body)).toContain(status);
      name = next;
    }
    const apart = await app.sql("select distinct model from model_versions where model like 'busy%'");
    expect(apart).toEqual([{ model: name }]);
    const numbers = await versionsOf(name);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(
      await app.sql("select 1 from model_aliases where model like 'busy%' and model <> $1", [name]),
    ).toEqual([]);
    expect(
      await app.sql("select 1 from stage_transitions where model like 'busy%' and model <> $1", [name]),
    ).toEqual([]);
  });

  it("is the one way in which a version or a transition changes its model", async () => {
    await kept("guarded", 1);
    await kept("free");
    await mlflow.ok("POST", "model-versions/transition-stage", {
      ...{ name: "guarded", version: "1", stage: "Staging" },
    });
    for (const statement of [
      "update model_versions set model = 'free' where model = 'guarded'",
      "update stage_transitions set model = 'free' where model = 'guarded'",
      "select set_config('asof.renames_model', 'on', true); update model_versions set source = 'x' where model = 'guarded'",
      "select set_config('asof.renames_model', 'on', true); update stage_transitions set actor = 'x' where model = 'guarded'",
      "select set_config('asof.renames_model', 'on', true); delete from stage_transitions where model = 'guarded'",
      "select asof_rename_model('guarded', 'churn')",
      "select asof_rename_model('churn', 'free')",
    ])
      await expect(app.sql(statement), statement).rejects.toThrow(/is refused|is not renamed/);
  });
});

describe("who changed what", () => {
  it("is said of models: descriptions, tags, aliases, versions, deletions", async () => {
    await kept("noted", 1);
    const grace = mlflow.with({ "x-asof-actor": "grace" });
    await grace.ok("POST", "registered-models/set-tag", { name: "noted", key: "team", value: "x" });
    await grace.send("DELETE", "registered-models/delete-tag", { name: "noted", key: "team" });
    await grace.send("PATCH", "registered-models/update", { name: "noted", description: "it is good" });
    for (const version of ["1"])
      await grace.ok("POST", "registered-models/alias", { name: "noted", alias: "best", version });
    await grace.send("DELETE", "registered-models/alias", { name: "noted", alias: "best" });
    await grace.send("DELETE", "model-versions/delete", { name: "noted", version: "1" });
    expect((await changesOf("noted")).slice(0, 6)).toEqual([
      "grace: version 1 deleted",
      "grace: alias best removed from version 1",
      "grace: alias best: version 1",
      "grace: description written",
      "grace: tag team removed",
      "grace: tag team: x",
    ]);
    await app.client.query(
      'mutation { describeModel(input: { model: "churn", tags: { a: "b" } }) { name } }',
    );
    expect(await changesOf("churn")).toEqual(["tester: tag a: b"]);
    const page = await app.client.query(
      'query { model(name: "noted") { changes(first: 2) { id message } } }',
    );
    const next = await app.client.query(
      'query($before: ID!) { model(name: "noted") { changes(first: 2, before: $before) { message } } }',
      { before: page.model.changes[1].id },
    );
    expect(next.model.changes.map(({ message }: { message: string }) => message)).toEqual([
      "alias best: version 1",
      "description written",
    ]);
    const shown = await asofHere(["models", "show", "noted"], { ASOF_URL: app.asof.address });
    expect(shown.out).toMatch(/Changes\n.*ACTOR.*CHANGE\n.*grace +version 1 deleted/);
  });
});

describe("experiments", () => {
  it("are listed with their runs, tags and changes, page by page, by GraphQL and the command line", async () => {
    const id = await mlflow.experiment("churn tuning");
    await mlflow.experiment("another");
    const run = await mlflow.run(id);
    const one = { experiment_id: id };
    await mlflow.ok("POST", "experiments/set-experiment-tag", { ...one, key: "team", value: "growth" });
    await mlflow.ok("POST", "experiments/delete-experiment-tag", { ...one, key: "team" });
    await mlflow.ok("POST", "experiments/set-experiment-tag", { ...one, key: "stage", value: "final" });
    await mlflow.ok("POST", "experiments/update", { ...one, new_name: "churn, tuned" });

    const LIST = `query($first: Int!, $after: String, $state: ExperimentState! = ACTIVE) {
      experiments(first: $first, after: $after, state: $state) { nodes { name } totalCount pageInfo { endCursor hasNextPage } } }`;
    const names: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 2; pages++) {
      const { experiments }: any = await app.client.query(LIST, { first: 2, after });
      names.push(...experiments.nodes.map(({ name }: { name: string }) => name));
      expect([experiments.totalCount, experiments.pageInfo.hasNextPage]).toEqual([4, pages === 0]);
      after = experiments.pageInfo.endCursor;
    }
    expect(names).toEqual(["another", "churn, tuned", "asof", "Default"]);
    expect(await app.client.error(LIST, { first: 2, after: "x" })).toMatchObject({ code: "BAD_USER_INPUT" });

    const ONE = `query($name: String!) { experiment(name: $name) { id name state tags actor createdAt updatedAt
      runs { nodes { id experiment { name } } totalCount } changes { actor message } } }`;
    const uuid = run.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    const { experiment } = await app.client.query(ONE, { name: "churn, tuned" });
    expect(experiment).toEqual({
      ...{ id: `experiment:${id}`, name: "churn, tuned", state: "ACTIVE", tags: { stage: "final" } },
      ...{ actor: "ada", createdAt: expect.any(String), updatedAt: expect.any(String) },
      runs: { nodes: [{ id: uuid, experiment: { name: "churn, tuned" } }], totalCount: 1 },
      changes: [
        { actor: "ada", message: "named churn, tuned" },
        { actor: "ada", message: "tag stage: final" },
        { actor: "ada", message: "tag team removed" },
        { actor: "ada", message: "tag team: growth" },
        { actor: "ada", message: "made as churn tuning" },
      ],
    });
    expect((await app.client.query(ONE, { name: "churn tuning" })).experiment).toBeNull();
    const { node } = await app.client.query(
      "query($id: ID!) { node(id: $id) { ... on Experiment { name } } }",
      {
        id: `experiment:${id}`,
      },
    );
    expect(node).toEqual({ name: "churn, tuned" });
    const FILED = "query($of: String!) { runs(where: { experiment: $of }) { nodes { id } totalCount } }";
    expect((await app.client.query(FILED, { of: "churn, tuned" })).runs).toEqual({
      ...{ nodes: [{ id: uuid }], totalCount: 1 },
    });
    expect((await app.client.query(FILED, { of: "nobody's" })).runs).toEqual({ nodes: [], totalCount: 0 });

    const env = { ASOF_URL: app.asof.address };
    expect((await asofHere(["experiments"], env)).out).toMatch(/^EXPERIMENT .*\nanother /);
    const shown = await asofHere(["experiments", "show", "churn, tuned"], env);
    expect(shown.out).toMatch(/experiment +churn, tuned\n.*Changes\n.*ada +named churn, tuned/s);
    expect((await asofHere(["runs", "--experiment", "churn, tuned"], env)).out).toContain(uuid);
    expect((await asofHere(["experiments", "show", "none"], env)).code).toBe(1);

    await mlflow.ok("POST", "experiments/delete", one);
    const gone = await app.client.query(ONE, { name: "churn, tuned" });
    expect(gone.experiment).toMatchObject({ state: "DELETED", runs: { nodes: [{ id: uuid }] } });
    expect(gone.experiment.changes[0]).toEqual({ actor: "ada", message: "put aside with 1 run" });
    expect((await app.client.query(LIST, { first: 9, state: "DELETED" })).experiments.nodes).toEqual([
      { name: "churn, tuned" },
    ]);
    await mlflow.ok("POST", "experiments/restore", one);
    const back = await app.client.query(ONE, { name: "churn, tuned" });
    expect(back.experiment.changes[0]).toEqual({ actor: "ada", message: "brought back with 1 run" });
  });
});
