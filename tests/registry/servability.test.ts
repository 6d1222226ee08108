import { describe, expect, it } from "vitest";
import { type Column, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import type { ModelFeature } from "../../src/registry/model.js";
import { servability } from "../../src/registry/servability.js";
import { testing } from "../support/deployment/testing.js";

const labels = testing.services[0]!.label;

/** One view with these features. */
function declaring(columns: Record<string, Column>) {
  const plays = source("plays", { columns });
  const views = [featureView("plays", { source: plays, features: Object.keys(columns) })];
  return deployment({
    ...testing,
    sources: [testing.entitySource, plays, labels.source],
    views,
    services: [featureService("churn", { views, label: labels, gates: {} })],
  });
}

const version = (features: ModelFeature[], model = "churn") => ({
  model,
  version: 3,
  signature: { inputs: [], outputs: [], features },
});
const skips = (type?: ModelFeature["type"]): ModelFeature => ({
  name: "skips",
  kind: "numeric",
  ...(type && { type }),
});

describe("a version is servable", () => {
  it.each([
    ["with its features as they were", { skips: int() }, [skips("int")], null],
    ["with more declared than it uses", { skips: int(), hours: float() }, [skips("int")], null],
    ["without one: it is retired or renamed", { hours: float() }, [skips("int")], "skips is not declared"],
    ["with another type", { skips: float() }, [skips("int")], "skips is float, not int"],
    ["of 0.1.0, with another type of the same kind", { skips: float() }, [skips()], null],
    ["of 0.1.0, with another kind", { skips: string() }, [skips()], "skips is categorical, not numeric"],
    [
      "without two",
      { minutes: int() },
      [skips("int"), { name: "plan", kind: "categorical", type: "string" }],
      "skips is not declared, plan is not declared",
    ],
  ] as [string, Record<string, Column>, ModelFeature[], string | null][])(
    "or not: %s",
    (_, columns, features, problem) => {
      const found = servability(version(features), declaring(columns));
      expect(found.servable ? null : found.problem).toBe(problem);
    },
  );

  it("or not: its feature service is gone", () => {
    const found = servability(version([skips("int")], "fraud"), declaring({ skips: int() }));
    expect(found).toEqual({
      servable: false,
      problem: 'the deployment no longer declares the feature service "fraud"',
      features: ["skips"],
      remedy: "declare the service again",
    });
  });

  it("or not: its file does not load", () => {
    expect(servability(version([skips("int")]), declaring({ skips: int() }), "its file is gone")).toEqual({
      servable: false,
      problem: "its file is gone",
      features: [],
      remedy: "train it again, or take another version",
    });
  });
});
