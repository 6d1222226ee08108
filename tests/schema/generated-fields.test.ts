import { expect, test } from "vitest";
import { date, int } from "../../src/definitions/language/column.js";
import { type Deployment, deployment, type Source } from "../../src/definitions/language/deployment.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { query, startApp } from "../http/running-app.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { fakeFeatures, fakeServices } from "../support/fake-services.js";

/** The test deployment with one more feature and one more column of the user. */
function extended(): Deployment {
  const [first, ...others] = definitions.views;
  const [entity] = definitions.entities;
  const source = {
    ...first!.source,
    columns: { ...first!.source.columns, logins_30d: int({ description: "Logins in the last 30 days." }) },
  };
  const users = {
    ...entity!.source,
    columns: { ...entity!.source.columns, last_seen: date() },
  };
  const replaced = new Map<Source, Source>([
    [first!.source, source],
    [entity!.source, users],
  ]);
  const views = [{ ...first!, source, features: [...first!.features, "logins_30d"] }, ...others];
  return deployment({
    ...definitions,
    entities: [{ ...entity!, source: users }],
    sources: definitions.sources.map((each) => replaced.get(each) ?? each),
    views,
    services: definitions.services.map((service) => ({ ...service, views })),
  });
}

// One schema a process: every test here is about the same extended deployment.
const more = extended();

test("a new feature is a field of Features, described by its column", async () => {
  const { app } = await startApp({}, fakeServices({}, more));
  const { data } = await query(
    app,
    `{ __type(name: "Features") { fields { name description type { name } } }
       features(userId: "u1") { values { logins30d } json } }`,
  );
  expect(data.__type.fields).toContainEqual({
    name: "logins30d",
    description: "Logins in the last 30 days.",
    type: { name: "Int" },
  });
  expect(data.features).toEqual({
    values: { logins30d: 1 },
    json: fakeFeatures({ key: "u1" }, more).values,
  });
});

test("it is in the REST answer and in its view's definition", async () => {
  const { app } = await startApp({}, fakeServices({}, more));
  expect((await app.inject({ url: "/features/u1" })).json().features.logins_30d).toBe(1);
  const { data } = await query(app, `{ featureView(name: "subs_profile") { features { name field type } } }`);
  expect(data.featureView.features).toContainEqual({ name: "logins_30d", field: "logins30d", type: "int" });
});

test("a new column of the entity is a field of User", async () => {
  const services = fakeServices({}, more);
  services.entities.find = async (_, ids) => ids.map((id) => ({ user_id: id, last_seen: "2024-01-31" }));
  const { app } = await startApp({}, services);
  const { data } = await query(app, `{ user(userId: "u1") { userId lastSeen signupDate } }`);
  expect(data.user).toEqual({ userId: "u1", lastSeen: "2024-01-31", signupDate: null });
});

test("a process has one deployment", async () => {
  expect(await buildAsofSchema(more)).toBe(await buildAsofSchema(more));
  await expect(buildAsofSchema(definitions)).rejects.toThrow("already built from other definitions");
});
