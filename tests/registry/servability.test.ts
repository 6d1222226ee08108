import { describe, expect, it } from "vitest";
import { type Column, date, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { derived } from "../../src/definitions/language/derived.js";
import type { ServicePart } from "../../src/definitions/language/feature-service.js";
import { computationOf, serviceFeatures } from "../../src/definitions/language/service-features.js";
import { days, sum } from "../../src/definitions/language/windows/window.js";
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
    sources: [testing.entities[0]!.source, plays, labels.source],
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

  it("or not: what it computed is computed otherwise, or is a column now", () => {
    const plays = source("plays", { columns: { skips: int(), hours: float() } });
    const views = [featureView("plays", { source: plays, features: ["skips", "hours"] })];
    const computing = (features: ServicePart[]) =>
      deployment({
        ...testing,
        sources: [testing.entities[0]!.source, plays, labels.source],
        views,
        services: [featureService("churn", { features, label: labels })],
      });
    const learnt: ModelFeature = {
      name: "rate",
      kind: "numeric",
      type: "float",
      expression: "skips / hours",
    };
    const problemOf = (features: ServicePart[]) => {
      const found = servability(version([learnt]), computing(features));
      return found.servable ? null : found.problem;
    };
    const same = derived("rate", plays.skips.div(plays.hours));
    const other = derived("rate", plays.skips.div(plays.hours.add(1)));
    expect(problemOf([views[0]!, same])).toBeNull();
    expect(problemOf([views[0]!, other])).toBe("rate is skips / (hours + 1), not skips / hours");
    expect(problemOf([views[0]!])).toBe("rate is not declared");
    const given = servability(
      version([skips("int"), { ...skips("int"), expression: "hours * 2" }]),
      computing([views[0]!]),
    );
    expect(given).toMatchObject({ problem: "skips is a value that is given, not hours * 2" });
  });

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

  it("or not: its window is another one, its own or that of an expression", () => {
    const orders = source("orders", {
      eventTime: "at",
      eventKey: ["n"],
      columns: { at: date(), n: int(), dollars: float() },
    });
    const declaringDays = (n: number) => {
      const spending = featureView("spending", {
        source: orders,
        features: { spend: sum("dollars", days(n)) },
      });
      return deployment({
        ...testing,
        sources: [testing.entities[0]!.source, orders, labels.source],
        views: [spending],
        services: [
          featureService("churn", {
            ...{ entity: testing.entities[0]!.entity, label: labels, gates: {} },
            features: [spending, derived("doubled", spending.spend.add(spending.spend))] as ServicePart[],
          }),
        ],
      });
    };
    const meaning = (n: number) => `sum of dollars over ${n} days of orders by at`;
    const learnt: ModelFeature[] = [
      { name: "spend", kind: "numeric", type: "float", expression: meaning(30) },
    ];
    const text = computationOf(serviceFeatures(declaringDays(30).services[0]!)[1]!)!;
    expect(text).toContain(`; spend: ${meaning(30)}`);
    const doubled: ModelFeature = { name: "doubled", kind: "numeric", type: "float", expression: text };
    expect(servability(version([...learnt, doubled]), declaringDays(30)).servable).toBe(true);
    expect(servability(version([...learnt, doubled]), declaringDays(60))).toMatchObject({
      servable: false,
      features: ["spend", "doubled"],
      problem: expect.stringContaining(`spend is ${meaning(60)}, not ${meaning(30)}`),
    });
  });
});
