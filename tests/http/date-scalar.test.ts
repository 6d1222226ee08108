import { expect, test } from "vitest";
import { fakeServices } from "../support/fake-services.js";
import { query, startApp } from "./running-app.js";

const refused: unknown[] = [
  "2024-02-30",
  "2023-02-29",
  "1900-02-29",
  "2024-04-31",
  "2024-13-01",
  "2024-00-10",
  "2024-01-00",
  "2024-01-32",
  "0000-01-01",
  "2024-1-31",
  "24-01-31",
  "2024-01-31T00:00:00Z",
  " 2024-01-31",
  "2024-01-31\n",
  "+002024-01-31",
  "2024/01/31",
  "today",
  "",
  20240131,
  1706659200000,
  true,
  ["2024-01-31"],
  { date: "2024-01-31" },
  "２０２４-01-31",
];

async function startWatched() {
  const asked: unknown[] = [];
  const services = fakeServices();
  services.snapshots.find = async (asOf) => {
    asked.push(asOf);
    return null;
  };
  return { ...(await startApp({}, services)), asked };
}

test.each(refused)("as a variable, %j is no date", async (asOf) => {
  const { app, asked } = await startWatched();
  const { errors } = await query(app, "query ($asOf: Date!) { snapshot(asOf: $asOf) { id } }", { asOf });
  expect(errors![0]!.extensions).toEqual({ code: "BAD_USER_INPUT" });
  expect(errors![0]!.message).toContain("a day that exists");
  expect(asked).toEqual([]);
});

test.each(refused)("as a literal, %j is no date", async (asOf) => {
  const { app, asked } = await startWatched();
  const literal = JSON.stringify(asOf).replace('"date":', "date:");
  const { errors } = await query(app, `{ snapshot(asOf: ${literal}) { id } }`);
  expect(errors![0]!.extensions).toEqual({ code: "BAD_USER_INPUT" });
  expect(asked).toEqual([]);
});

test.each(["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "2024-01-31"])(
  "%s stays the string it was",
  async (asOf) => {
    const { app, asked } = await startWatched();
    await query(app, "query ($asOf: Date!) { snapshot(asOf: $asOf) { id } }", { asOf });
    await query(app, `{ snapshot(asOf: "${asOf}") { id } }`);
    expect(asked).toEqual([asOf, asOf]);
  },
);

test.each(["2024-02-30T00:00:00Z", "2016-12-31T23:59:60Z", "0000-06-01T00:00:00Z", "2024-01-31", "now", 17])(
  "%j is no instant",
  async (knownAt) => {
    const { app } = await startApp();
    const operation = `query ($knownAt: DateTime) { features(userId: "u1", knownAt: $knownAt) { userId } }`;
    expect((await query(app, operation, { knownAt })).errors![0]!.extensions).toEqual({
      code: "BAD_USER_INPUT",
    });
    const inline = `{ features(userId: "u1", knownAt: ${JSON.stringify(knownAt)}) { userId } }`;
    expect((await query(app, inline)).errors![0]!.extensions).toEqual({ code: "BAD_USER_INPUT" });
  },
);

test("an instant arrives as a Date and leaves as ISO 8601 in UTC", async () => {
  const services = fakeServices();
  const { read } = services.features;
  let knownAt: Date | null | undefined;
  services.features.read = (rows) => {
    knownAt = rows[0]!.knownAt;
    return read(rows);
  };
  const { app } = await startApp({}, services);
  await query(app, `{ features(userId: "u1", knownAt: "2024-02-01T01:30:00+02:00") { userId } }`);
  expect(knownAt).toEqual(new Date("2024-01-31T23:30:00.000Z"));
  const { data } = await query(app, "{ snapshots { nodes { createdAt } } }");
  expect(data.snapshots.nodes).toEqual([{ createdAt: "2024-02-01T00:00:00.000Z" }]);
});
