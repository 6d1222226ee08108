import { bool, float, string } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import type { DeclaredKey } from "../../src/definitions/language/key.js";
import { startTestApp, type TestApp } from "./app.js";
import { type Files, writeDelivery } from "./delivery.js";

export const JANUARY = "2024-01-31";
/** A key by its columns' texts. */
export type Parts = readonly string[];

/** Accounts with another key than one text. */
export function keyed(name: string, key: DeclaredKey): Deployment {
  const account = entity("account", { key });
  const accounts = source("accounts", { columns: { region: string() } });
  const balances = source("balances", {
    columns: { balance: float({ min: 0 }), segment: string() },
    onInvalid: "quarantine",
  });
  const outcomes = source("outcomes", { columns: { defaulted: bool({ required: true }) } });
  const profile = featureView("profile", { source: balances, features: ["balance", "segment"] });
  return deployment({
    name,
    entity: account,
    entitySource: accounts,
    sources: [accounts, balances, outcomes],
    views: [profile],
    services: [
      featureService("risk", {
        views: [profile],
        label: { source: outcomes, column: "defaulted" },
        gates: { minimum: { auc: 0.5 } },
      }),
    ],
  });
}

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A balance above 50 says who defaults. */
export function keyedDelivery(columns: Parts, keys: readonly Parts[]): Files {
  const rows = (header: string, row: (i: number) => string) => [
    `${columns.join(",")},${header}`,
    ...keys.map((key, i) => `${key.map(cell).join(",")},${row(i)}`),
  ];
  return {
    accounts: rows("region", (i) => (i % 2 ? "north" : "south")),
    balances: rows("balance,segment", (i) => `${(i * 37) % 100},${i % 3 ? "a" : "b"}`),
    outcomes: rows("defaulted", (i) => ((i * 37) % 100 > 50 ? "True" : "False")),
  };
}

/** A server with one month of these keys and a version in Production. */
export async function startKeyed(
  definitions: Deployment,
  columns: Parts,
  keys: readonly Parts[],
  options: Omit<Parameters<typeof startTestApp>[0], "definitions"> = {},
): Promise<TestApp> {
  const app = await startTestApp({
    predictionLog: { sample: 1, perSecond: 100_000, keepDays: 30 },
    ...options,
    definitions,
  });
  writeDelivery(app.dataDir, "january", keyedDelivery(columns, keys));
  const { error } = await app.client.ingest("january", JANUARY);
  if (error) throw new Error(`the month cannot be ingested: ${JSON.stringify(error)}`);
  const run = await app.client.train({ asOf: JANUARY, model: "risk", algorithm: "LOGISTIC_REGRESSION" });
  if (!run.modelVersion) throw new Error(`risk cannot be trained: ${JSON.stringify(run.error)}`);
  await app.client.query(
    `mutation($version: Int!) {
       promote(input: { model: "risk", version: $version, force: true, reason: "a test" }) { version } }`,
    { version: run.modelVersion.version },
  );
  return app;
}

/** Status and body of an answer over REST. */
export async function rest(app: TestApp, path: string, body?: unknown): Promise<[number, any]> {
  const response = await fetch(`${app.asof.address}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return [response.status, await response.json()];
}
