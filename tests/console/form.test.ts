import { buildSchema, parse, validate } from "graphql";
import { expect, it, test } from "vitest";
import { type FormField, formOf } from "../../console/src/parts/form/definition.js";
import { errorsByField, initialValues, variablesOf } from "../../console/src/parts/form/values.js";
import { defaultEntityOf } from "../../src/definitions/language/entities.js";
import { runKinds } from "../../src/jobs/run-kinds.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { mutationDefinitions } from "../../src/resolvers/mutation-definitions.js";
import { testing } from "../support/deployment/testing.js";

const schema = await buildAsofSchema(testing);
const definitions = mutationDefinitions(schema, runKinds, defaultEntityOf(testing));
const definitionOf = (name: string) => definitions.find((mutation) => mutation.name === name)!;
const form = (name: string) => formOf(definitionOf(name).definition);
const address = (text = "") => new URLSearchParams(text);
const at = (fields: readonly FormField[], path: string): FormField => {
  for (const field of fields) {
    if (field.path === path) return field;
    if (field.control.kind === "group" && path.startsWith(`${field.path}.`))
      return at(field.control.fields, path);
  }
  throw new Error(`no field ${path}`);
};

test.each(definitions.map(({ name }) => name))("%s is sent as the schema takes it", (name) => {
  const { document, fields } = form(name);
  expect(validate(schema, parse(document))).toEqual([]);
  // Each argument is a field of the form, and each input's field one of its group.
  expect(fields.map((field) => field.name)).toEqual(
    schema
      .getMutationType()!
      .getFields()
      [name]!.args.map((argument) => argument.name),
  );
});

it("knows which role each asks for, and which kind of run it starts", () => {
  expect(definitionOf("trainAndCompare")).toMatchObject({ role: "operator", kind: "TRAIN_AND_COMPARE" });
  expect(definitionOf("deleteRun")).toMatchObject({ role: "admin", kind: null, answers: "DeletedRun" });
});

it("asks for each type in its own way", () => {
  const { fields } = form("train");
  const asked = Object.fromEntries(
    ["asOf", "model", "algorithm", "seed", "testFraction", "params"].map((name) => {
      const { control, required, standard } = at(fields, `input.${name}`);
      return [name, [control.kind, required, standard]];
    }),
  );
  expect(asked).toEqual({
    asOf: ["date", false, undefined],
    model: ["text", false, "churn"],
    algorithm: ["choice", false, "GRADIENT_BOOSTING"],
    seed: ["integer", false, 42],
    testFraction: ["number", false, 0.25],
    params: ["json", false, undefined],
  });
  expect(at(form("logMetrics").fields, "metrics").control.kind).toBe("json");
  expect(at(form("trainAndCompare").fields, "candidates").control.kind).toBe("choices");
});

it("begins with the defaults, and over them with what the address says", () => {
  const { fields } = form("train");
  const values = initialValues(fields, address("asOf=2024-01-31&input.seed=7&nothing=x"));
  expect([values["input.asOf"], values["input.seed"], values["input.testFraction"]]).toEqual([
    "2024-01-31",
    "7",
    "0.25",
  ]);
});

it("sends what was said, in its type, and leaves out what was left empty", () => {
  const { fields } = form("train");
  const given = initialValues(fields, address('asOf=2024-01-31&seed=7&params={"trees":10}'));
  expect(variablesOf(fields, { ...given, "input.algorithm": "RANDOM_FOREST" })).toEqual({
    problems: {},
    variables: {
      input: {
        asOf: "2024-01-31",
        model: "churn",
        algorithm: "RANDOM_FOREST",
        seed: 7,
        testFraction: 0.25,
        splitBy: "KEYS",
        params: { trees: 10 },
        undeclared: "REFUSE",
      },
    },
  });
});

it("asks for what is optional as a whole only where a part of it is said", () => {
  const { fields } = form("train");
  const given = initialValues(fields, address("asOf=2024-01-31"));
  expect(variablesOf(fields, given).variables).not.toHaveProperty("input.targetEncoding");
  const said = { ...given, "input.targetEncoding.above": "100" };
  expect(variablesOf(fields, said).variables).toHaveProperty("input.targetEncoding", { above: 100 });
});

it("says at the field what cannot be sent", () => {
  const { fields } = form("train");
  const given = initialValues(fields, address("seed=1.5&testFraction=much&params={"));
  expect(variablesOf(fields, given).problems).toEqual({
    "input.seed": "A whole number was expected, not 1.5.",
    "input.testFraction": 'A number was expected, not "much".',
    "input.params": expect.stringMatching(/^This is no JSON: /),
  });
  const ingest = form("ingest").fields;
  expect(variablesOf(ingest, initialValues(ingest, address("source=month"))).problems).toEqual({
    "input.asOf": "It is required.",
  });
});

test.each([
  ["an argument", { argument: "asOf" }, "asOf: it is after today", "asOf: it is after today"],
  [
    "several parameters, each its own part",
    { parameters: ["asOf", "seed"] },
    "input.asOf: a date was expected; got 1; input.seed: it is out of range",
    "input.asOf: a date was expected; got 1",
  ],
  [
    "a variable",
    {},
    'Variable "$input" got invalid value "x" at "input.asOf"; no date',
    expect.stringMatching(/no date$/),
  ],
])("puts an error that names %s at its field", (_, extensions, message, shown) => {
  const { fields } = form("train");
  const { problems, others } = errorsByField([{ message, extensions }], fields);
  expect([problems["input.asOf"], others]).toEqual([shown, []]);
});

it("leaves an error that names no field of the form for the form as a whole", () => {
  const errors = [{ message: "there is no snapshot 2023-01-31", extensions: { code: "SNAPSHOT_NOT_FOUND" } }];
  expect(errorsByField(errors, form("train").fields)).toEqual({
    problems: {},
    others: ["there is no snapshot 2023-01-31"],
  });
});

it("asks for inputs within inputs as groups, and for what goes round in a circle as JSON", () => {
  const sdl = `
    type Mutation { begin(input: Outer!): Int }
    input Outer { inner: Inner, names: [ID!], when: DateTime }
    input Inner { outer: Outer, on: Boolean! }
    scalar DateTime`;
  const { fields, document } = formOf(sdl);
  expect(validate(buildSchema(`${sdl} type Query { a: Int }`), parse(document))).toEqual([]);
  expect(at(fields, "input.inner.on").control.kind).toBe("boolean");
  expect(at(fields, "input.inner.outer.inner").control.kind).toBe("json");
  const values = {
    "input.names": ["a", "b"],
    "input.inner.on": "false",
    "input.when": "2024-01-31T00:00:00Z",
  };
  expect(variablesOf(fields, values).variables).toEqual({
    input: { inner: { on: false }, names: ["a", "b"], when: "2024-01-31T00:00:00Z" },
  });
  // A group that says nothing is left out, though something in it would be required.
  expect(variablesOf(fields, {})).toEqual({ variables: { input: {} }, problems: {} });
});
