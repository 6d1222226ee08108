import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds } from "../support/delivery.js";
import { ingestMonth, JANUARY } from "../support/months.js";

const USERS = userIds(6);
const KNOWN = USERS[1]!;
const NEVER = "1970-01-01T00:00:00Z";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, smallDelivery(USERS));
});
afterAll(() => app.stop());

const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${app.asof.address}/feast${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const online = async (body: unknown) => (await send("/get-online-features", body)).json();
const errorOf = async (path: string, body: unknown) => {
  const answer = await send(path, body);
  return { status: answer.status, body: await answer.json() };
};

describe("POST /feast/get-online-features", () => {
  it("answers one result a name, with statuses and times, as Feast's own server does", async () => {
    const answer = await send("/get-online-features", {
      features: [
        "subs_profile:months_active",
        "subs_profile:plan_stream_tv",
        "support_agg_90d:support_tickets_90d",
      ],
      entities: { user_id: [KNOWN, "U-00003", "0000-NOBODY"] },
      full_feature_names: false,
      include_feature_view_version_metadata: false,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const january = `${JANUARY}T00:00:00Z`;
    expect(await answer.json()).toEqual({
      metadata: { feature_names: ["user_id", "months_active", "plan_stream_tv", "support_tickets_90d"] },
      results: [
        {
          values: [KNOWN, "U-00003", "0000-NOBODY"],
          statuses: ["PRESENT", "PRESENT", "PRESENT"],
          event_timestamps: [NEVER, NEVER, NEVER],
        },
        {
          values: [1, 3, null],
          statuses: ["PRESENT", "PRESENT", "NOT_FOUND"],
          event_timestamps: [january, january, NEVER],
        },
        {
          values: [false, null, null],
          statuses: ["PRESENT", "NULL_VALUE", "NOT_FOUND"],
          event_timestamps: [january, january, NEVER],
        },
        {
          values: [1, 3, null],
          statuses: ["PRESENT", "PRESENT", "NOT_FOUND"],
          event_timestamps: [january, january, NEVER],
        },
      ],
    });
  });

  it("writes a whole float with its point: the SDK takes the type of a column from its numbers", async () => {
    await app.client.query("mutation($input: PushInput!) { push(input: $input) { accepted } }", {
      input: {
        view: "support_agg_90d",
        rows: [{ userId: USERS[0], asOf: "2024-02-01", values: { ticket_avg_resolution_hrs_90d: 20 } }],
      },
    });
    const answer = await send("/get-online-features", {
      features: ["support_agg_90d:ticket_avg_resolution_hrs_90d", "support_agg_90d:support_tickets_90d"],
      entities: { user_id: [USERS[0]] },
    });
    expect(await answer.text()).toContain('{"values":[20.0],"statuses":["PRESENT"]');
  });

  it("knows a service, full names, a view's version in its name, and lists that are handed back", async () => {
    const service = await online({ feature_service: "churn", entities: { user_id: [KNOWN] } });
    expect(service.metadata.feature_names).toHaveLength(15);
    const named = await online({
      features: ["subs_profile@v1:months_active"],
      entities: { order_id: ["o-1"], user_id: [KNOWN] },
      full_feature_names: true,
    });
    expect(named.metadata.feature_names).toEqual(["user_id", "order_id", "subs_profile__months_active"]);
    expect(named.results[1].values).toEqual(["o-1"]);
  });

  it("answers nobody for no keys, and the same twice for one that is asked twice", async () => {
    const none = await online({ features: ["subs_profile:months_active"], entities: { user_id: [] } });
    expect(none.results).toEqual(Array(2).fill({ values: [], statuses: [], event_timestamps: [] }));
    const twice = await online({
      features: ["subs_profile:months_active"],
      entities: { user_id: [KNOWN, KNOWN] },
    });
    expect(twice.results[1].values).toEqual([1, 1]);
  });

  it("agrees with GraphQL", async () => {
    const { features } = await app.client.query("query($id: ID!) { features(userId: $id) { json } }", {
      id: KNOWN,
    });
    const { metadata, results } = await online({ feature_service: "churn", entities: { user_id: [KNOWN] } });
    const served = metadata.feature_names.map((name: string, place: number) => [
      name,
      results[place].values[0],
    ]);
    expect(Object.fromEntries(served.slice(1))).toEqual(features.json);
  });

  it.each([
    [
      "an unknown view",
      { features: ["nothing:x"], entities: { user_id: [KNOWN] } },
      404,
      /^\{"module":"feast.errors","class":"FeatureViewNotFoundException","message":"Feature view nothing does not exist; there is subs_profile/,
    ],
    [
      "an unknown service",
      { feature_service: "nothing", entities: { user_id: [KNOWN] } },
      404,
      /"class":"FeatureServiceNotFoundException","message":"Feature service nothing does not exist; there is churn"/,
    ],
  ])(
    "%s is raised again by the SDK: the body is a JSON text that holds JSON",
    async (_, body, status, text) => {
      const failure = await errorOf("/get-online-features", body);
      expect(failure.status).toBe(status);
      expect(failure.body).toMatch(text);
    },
  );

  it.each([
    [
      "an unknown feature",
      { features: ["subs_profile:nothing"], entities: { user_id: [KNOWN] } },
      ["features", 0],
    ],
    ["neither features nor a service", { entities: { user_id: [KNOWN] } }, ["features"]],
    ["no entities", { features: ["subs_profile:months_active"] }, ["entities"]],
    [
      "another key",
      { features: ["subs_profile:months_active"], entities: { another: [KNOWN] } },
      ["entities"],
    ],
    [
      "a key that is none",
      { features: ["subs_profile:months_active"], entities: { user_id: [{}] } },
      ["entities", "user_id", 0],
    ],
    [
      "lists of different lengths",
      { features: ["subs_profile:months_active"], entities: { user_id: [KNOWN], order_id: [] } },
      ["entities", "order_id"],
    ],
    ["names that every object has", { features: ["constructor:x"], entities: { __proto__: [KNOWN] } }, null],
  ])("%s is refused by its place", async (_, body, place) => {
    const failure = await errorOf("/get-online-features", body);
    expect(failure.status).toBe(place ? 422 : 404);
    if (place) expect(failure.body.detail[0].loc).toEqual(["body", ...place]);
  });

  it("refuses JSON that is none, and too many keys", async () => {
    expect((await errorOf("/get-online-features", "{")).status).toBe(422);
    const keys = Array.from({ length: 10_001 }, (_, i) => `k${i}`);
    const many = await errorOf("/get-online-features", {
      feature_service: "churn",
      entities: { user_id: keys },
    });
    expect([many.status, many.body.detail[0].msg]).toEqual([422, "at most 10000 entries was expected"]);
  });
});

describe("POST /feast/push and /feast/write-to-online-store", () => {
  const frame = (values: object) => ({
    user_id: [KNOWN],
    event_timestamp: ["2024-02-10T00:00:00+00:00"],
    ...values,
  });
  const tickets = async () =>
    (await online({ features: ["support_agg_90d:support_tickets_90d"], entities: { user_id: [KNOWN] } }))
      .results[1];

  it("take rows as the SDK and curl send them; the values are served at once", async () => {
    const pushed = await send("/push", {
      push_source_name: "support_agg_90d_push",
      df: frame({ support_tickets_90d: [7], ticket_avg_resolution_hrs_90d: [1.5] }),
      to: "online",
    });
    expect([pushed.status, await pushed.json()]).toEqual([200, null]);
    expect(await tickets()).toMatchObject({ values: [7], event_timestamps: ["2024-02-10T00:00:00Z"] });
    const written = await send("/write-to-online-store", {
      feature_view_name: "support_agg_90d",
      df: {
        ...frame({ support_tickets_90d: [8] }),
        event_timestamp: ["2024-02-11T23:59:59.5"],
        created: [null],
      },
      allow_registry_cache: false,
    });
    expect([written.status, await written.json()]).toEqual([200, null]);
    expect(await tickets()).toMatchObject({ values: [8], event_timestamps: ["2024-02-11T00:00:00Z"] });
  });

  it("keep an older row for the offline store: it does not replace a newer one", async () => {
    const older = { ...frame({ support_tickets_90d: [1] }), event_timestamp: [Date.UTC(2024, 1, 2)] };
    expect(
      (await send("/push", { push_source_name: "support_agg_90d", df: older, to: "online_and_offline" }))
        .status,
    ).toBe(200);
    expect((await tickets()).values).toEqual([8]);
  });

  it.each([
    ["an unknown source", { push_source_name: "nothing_push", df: frame({ x: [1] }) }, 404],
    [
      "offline alone",
      { push_source_name: "support_agg_90d_push", df: frame({ support_tickets_90d: [1] }), to: "offline" },
      422,
    ],
    [
      "a value that breaks a rule",
      { push_source_name: "support_agg_90d_push", df: frame({ support_tickets_90d: [-1] }) },
      422,
    ],
    [
      "columns of different lengths",
      { push_source_name: "support_agg_90d_push", df: frame({ support_tickets_90d: [] }) },
      422,
    ],
    [
      "a time that is none",
      {
        push_source_name: "support_agg_90d_push",
        df: { ...frame({ support_tickets_90d: [1] }), event_timestamp: ["soon"] },
      },
      422,
    ],
    [
      "no key",
      {
        push_source_name: "support_agg_90d_push",
        df: { event_timestamp: ["2024-02-10"], support_tickets_90d: [1] },
      },
      422,
    ],
  ])("%s is refused, and nothing is pushed", async (_, body, status) => {
    const failure = await errorOf("/push", body);
    expect(failure.status).toBe(status);
    expect((await tickets()).values).toEqual([8]);
  });
});

it("POST /feast/materialize-incremental copies the newest snapshot until then, and answers when it is done", async () => {
  const before = await app.sql("select count(*)::int as n from runs where kind = 'MATERIALIZE'");
  const answer = await send("/materialize-incremental", {
    end_ts: "2024-02-20T00:00:00",
    feature_views: null,
  });
  expect([answer.status, await answer.json()]).toEqual([200, null]);
  const runs = await app.sql(
    "select status, params from runs where kind = 'MATERIALIZE' order by created_at desc",
  );
  expect(runs).toHaveLength(before[0]!.n + 1);
  expect(runs[0]).toMatchObject({ status: "SUCCEEDED", params: { asOf: JANUARY } });
  const early = await errorOf("/materialize", { start_ts: "2020-01-01", end_ts: "2020-02-01T00:00:00" });
  expect([early.status, early.body.detail]).toEqual([
    404,
    expect.stringContaining("no snapshot as of 2020-02-01"),
  ]);
});

it("GET /feast/registry.db is the same bytes each time, and names views, services and keys", async () => {
  const read = async () =>
    Buffer.from(await (await fetch(`${app.asof.address}/feast/registry.db`)).arrayBuffer());
  const first = await read();
  expect(first.equals(await read())).toBe(true);
  for (const name of ["user_id", "support_agg_90d_push", "churn", "watch_hours_30d"])
    expect(first.includes(name)).toBe(true);
});

it("GET /feast/health is public", async () => {
  expect((await fetch(`${app.asof.address}/feast/health`)).status).toBe(200);
});

describe("with tokens", () => {
  const basic = (password: string) => ({ authorization: `Basic ${btoa(`anybody:${password}`)}` });
  let viewer: string;

  beforeAll(async () => {
    const made = await app.client.query(
      'mutation { createToken(name: "feast-reader", role: VIEWER) { secret } }',
    );
    viewer = made.createToken.secret;
  });

  it("asks for one, as a bearer token or as the password of the basic scheme", async () => {
    const body = { feature_service: "churn", entities: { user_id: [KNOWN] } };
    const statuses = [];
    for (const headers of [
      {},
      { authorization: `Bearer ${viewer}` },
      basic(viewer),
      basic("asof_wrong"),
      { authorization: "Basic !" },
    ])
      statuses.push((await send("/get-online-features", body, headers)).status);
    expect(statuses).toEqual([401, 200, 200, 401, 401]);
    // Elsewhere a password is no token.
    const elsewhere = await fetch(`${app.asof.address}/features/${KNOWN}`, { headers: basic(viewer) });
    expect(elsewhere.status).toBe(401);
  });

  it("lets a viewer write nothing", async () => {
    const refused = await send(
      "/push",
      {
        push_source_name: "support_agg_90d_push",
        df: { user_id: [KNOWN], event_timestamp: ["2024-02-12"], support_tickets_90d: [1] },
      },
      basic(viewer),
    );
    expect([refused.status, (await refused.json()).detail]).toEqual([
      403,
      expect.stringContaining("operator"),
    ]);
  });
});
