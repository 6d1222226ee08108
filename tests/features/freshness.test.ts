import { expect, it } from "vitest";
import { float } from "../../src/definitions/language/column.js";
import { deployment, featureView, source } from "../../src/definitions/language/deployment.js";
import { FreshnessWatch } from "../../src/features/freshness-watch.js";
import type { ViewFreshness } from "../../src/features/types.js";
import { listen } from "../http/running-app.js";
import { fakeServices } from "../support/fake-services.js";
import { definitions as base } from "./definitions.js";

const view = (name: string, ttlDays?: number, warnAtTtlShare?: number) =>
  featureView(name, {
    source: source(name, { columns: { x: float() } }),
    features: ["x"],
    ttlDays,
    warnAtTtlShare,
  });
const fresh = (newestEventTime: string | null, materializedAt: string | null) => ({
  newestEventTime,
  materializedAt: materializedAt === null ? null : new Date(materializedAt),
  ageSeconds: null,
  rowCount: 1,
});

function watching(views: ReturnType<typeof view>[]) {
  const state = new Map<string, ReturnType<typeof fresh>>();
  const warnings: string[] = [];
  let now = new Date(0);
  const watch = new FreshnessWatch({
    views,
    freshness: async () => state,
    warn: (_fields, message) => warnings.push(message),
    now: () => now,
  });
  return {
    state,
    /** What is warned of at that instant. */
    at: async (instant: string) => {
      now = new Date(instant);
      await watch.check();
      return warnings.splice(0);
    },
  };
}

it("warns past 80 % of the ttl, once per materialization", async () => {
  const { state, at } = watching([view("monthly", 10)]);
  state.set("monthly", fresh("2024-01-31", "2024-02-01T06:00:00Z"));

  expect(await at("2024-02-08T00:00:00.000Z")).toEqual([]); // exactly 8 of 10 days
  expect(await at("2024-02-08T00:00:00.001Z")).toEqual([
    "view monthly: its newest values are of 2024-01-31, 8.0 days old, and will not be served after 10 days; ingest a newer month",
  ]);
  expect(await at("2024-02-09T00:00:00Z")).toEqual([]);
  expect(await at("2024-02-11T00:00:00Z")).toEqual([]);

  // An older month came late: written again, and still too old.
  state.set("monthly", fresh("2024-01-31", "2024-02-12T06:00:00Z"));
  expect(await at("2024-02-12T12:00:00Z")).toEqual([
    "view monthly: its newest values are of 2024-01-31, 12.5 days old, and are no longer served after 10 days; ingest a newer month",
  ]);
  expect(await at("2024-02-13T00:00:00Z")).toEqual([]);

  state.set("monthly", fresh("2024-02-12", "2024-02-13T06:00:00Z"));
  expect(await at("2024-02-13T12:00:00Z")).toEqual([]);
});

it("warns at the share a view declares, and of no view without a ttl or without values", async () => {
  const { state, at } = watching([
    view("early", 10, 0.5),
    view("late", 10, 1),
    view("ever"),
    view("never", 1),
  ]);
  for (const name of ["early", "late", "ever"]) state.set(name, fresh("2024-01-31", "2024-02-01T00:00:00Z"));
  state.set("never", fresh(null, null));
  expect((await at("2024-02-06T00:00:00Z")).map((each) => each.slice(0, 11))).toEqual(["view early:"]);
  expect((await at("2024-02-11T00:00:00Z")).map((each) => each.slice(0, 10))).toEqual(["view late:"]);
});

it.each([
  [0, 0.5],
  [1, 0],
  [1, 1.5],
  [1, Number.NaN],
])("a view with ttlDays %d and warnAtTtlShare %d is refused", (ttlDays, share) => {
  const views = [view("short", ttlDays, share)];
  const sources = [...base.sources, views[0]!.source];
  expect(() => deployment({ ...base, sources, views, services: [] })).toThrow(
    /^view short: (ttlDays|warnAt)/,
  );
});

it("a share without a ttl is refused", () => {
  const views = [view("ever", undefined, 0.5)];
  const sources = [...base.sources, views[0]!.source];
  expect(() => deployment({ ...base, sources, views, services: [] })).toThrow(
    "view ever: warnAtTtlShare needs ttlDays",
  );
});

it("age and rows of every view are Prometheus series; a database that is away leaves them out", async () => {
  const services = fakeServices();
  const { name } = services.definitions.views[0]!;
  const known = { ...fresh("2024-01-31", "2024-02-01T00:00:00Z"), ageSeconds: 12.5, rowCount: 7 };
  let away = false;
  services.features.freshness = async () => {
    if (away) throw new Error("no connection");
    return new Map<string, ViewFreshness>([
      [name, known],
      ["empty", { ...fresh(null, null), rowCount: 0 }],
    ]);
  };
  const { url } = await listen(services);
  const series = async () => {
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(200);
    return (await answer.text()).split("\n").filter((line) => line.startsWith("asof_feature_view_"));
  };
  expect(await series()).toEqual([
    `asof_feature_view_age_seconds{view="${name}"} 12.5`,
    `asof_feature_view_rows{view="${name}"} 7`,
    'asof_feature_view_rows{view="empty"} 0',
  ]);
  away = true;
  expect(await series()).toEqual([]);
});

it("warns of values whose date is still to come, with what takes them back, whatever the ttl", async () => {
  const { state, at } = watching([view("forever"), view("monthly", 10)]);
  state.set("forever", fresh("2030-01-31", "2024-02-01T06:00:00Z"));
  state.set("monthly", fresh("2030-01-31", "2024-02-01T06:00:00Z"));
  const message = (name: string) =>
    `view ${name}: its newest values are of 2030-01-31, which is still to come: no ingest of a date before reaches the online store`;
  expect(await at("2024-02-08T00:00:00Z")).toEqual([message("forever"), message("monthly")]);
  // Somewhere it is that day already.
  expect(await at("2030-01-30T00:00:00Z")).toEqual([]);
});
