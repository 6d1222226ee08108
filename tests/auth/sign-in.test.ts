import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import type { OidcConfig } from "../../src/auth/oidc.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { operate } from "../support/ask.js";
import { type OidcServer, startOidcServer } from "../support/oidc-server.js";
import { until } from "../support/until.js";

const PUBLIC = "https://asof.example/ml";
const CALLBACK = `${PUBLIC}/session/callback`;
const ADMIN = "a".repeat(40);
let provider: OidcServer;
let app: TestApp;
const oidc: OidcConfig = {
  issuer: "",
  clientId: "asof",
  clientSecret: "a secret of both",
  publicUrl: PUBLIC,
  scopes: "openid profile email",
  nameClaim: "email",
  trustsEmail: false,
  roleClaim: "groups",
  modelGrants: [{ model: "churn", role: "operator", group: "churn" }],
  grants: { admin: ["ml-leads"], operator: ["ml", "on call"], viewer: ["staff"], personal: ["dpo"] },
  sessionHours: 8,
};

beforeAll(async () => {
  provider = await startOidcServer(
    {
      ann: { email: "ann@example.com", email_verified: true, groups: ["staff", "ml"] },
      lea: { email: "lea@example.com", email_verified: true, groups: ["ml-leads"] },
      pat: { email: "pat@example.com", email_verified: true, groups: ["dpo", "staff"] },
      moe: { email: "moe@example.com", email_verified: true, groups: ["staff", "churn"] },
      guest: { email: "guest@example.com", email_verified: true, groups: ["visitors"] },
      mallory: { email: "lea@example.com", email_verified: false, groups: ["staff"] },
      unsaid: { email: "unsaid@example.com", groups: "staff" },
      told: { email: "told@example.com", email_verified: "true", groups: "staff" },
      nameless: { groups: "staff" },
    },
    { id: oidc.clientId, secret: oidc.clientSecret, redirectUrls: [CALLBACK] },
  );
  oidc.issuer = provider.issuer;
  app = await startTestApp({ role: "api", config: { oidc, adminToken: ADMIN, basePath: "/ml" } });
});
afterAll(async () => {
  await app?.stop();
  await provider?.stop();
});

/** Cookies of one browser, by name; asof's and the provider's are apart. */
class Browser {
  readonly cookies = new Map<string, string>();

  async get(url: string): Promise<{ status: number; location: string; set: string[] }> {
    const { statusCode, headers } = await app.asof.http.inject({
      method: "GET",
      url: url.replace("https://asof.example", ""),
      headers: { cookie: this.header },
    });
    const set = [headers["set-cookie"] ?? []].flat();
    for (const cookie of set) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    return { status: statusCode, location: String(headers.location), set };
  }

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** To the provider, through its pages as `login`, and the address that it sends the browser back to. */
  async throughProvider(login: string, page?: string): Promise<string> {
    const begun = await this.get(`/ml/session/sign-in${page ? `?page=${encodeURIComponent(page)}` : ""}`);
    expect([begun.status, new URL(begun.location).origin]).toEqual([302, provider.issuer]);
    return signInAtProvider(begun.location, login);
  }

  async signIn(login: string, page?: string) {
    return this.get(await this.throughProvider(login, page));
  }

  viewer() {
    return this.ask("{ viewer { actor role open seesPersonal } }").then(({ data }) => data.viewer);
  }

  async ask(query: string) {
    const headers = { cookie: this.header };
    const answer = await app.asof.http.inject({
      method: "POST",
      url: "/ml/graphql",
      payload: { query },
      headers,
    });
    return answer.json();
  }

  async refusal(): Promise<string | undefined> {
    const { error, errors } = await this.ask("{ viewer { actor } }");
    return error?.code ?? errors?.[0].extensions.code;
  }
}

/** Follows the provider's pages as a browser would: the form of the login, then that of the consent. */
async function signInAtProvider(url: string, login: string, deny = false): Promise<string> {
  const jar = new Map<string, string>();
  let next: { url: string; form?: string } = { url };
  for (let step = 0; step < 12; step++) {
    const response = await fetch(next.url, {
      redirect: "manual",
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(next.form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(next.form === undefined ? {} : { method: "POST", body: next.form }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      jar.set(name!, value!);
    }
    const location = response.headers.get("location");
    if (location !== null) {
      const target = new URL(location, next.url).href;
      if (target.startsWith(CALLBACK)) return target;
      next = { url: target };
      continue;
    }
    const html = await response.text();
    const action = new URL(/<form[^>]* action="([^"]+)"/.exec(html)![1]!, next.url).href;
    const asks = /name="prompt" value="(\w+)"/.exec(html)![1];
    next =
      deny && asks === "consent"
        ? { url: new URL(/href="([^"]*abort)"/.exec(html)![1]!, next.url).href }
        : { url: action, form: new URLSearchParams({ prompt: asks!, login, password: "any" }).toString() };
  }
  throw new Error("the provider never sent the browser back");
}

test("the console is told where people sign in, and nobody else is let in", async () => {
  const answer = await app.asof.http.inject({ method: "GET", url: "/ml/session" });
  expect(answer.json()).toEqual({
    provider: { name: new URL(provider.issuer).host, url: "session/sign-in" },
  });
  expect((await operate(app, "{ viewer { actor } }")).code).toBe("UNAUTHENTICATED");
});

test("whoever signs in has the highest role of their groups, and their verified address as actor", async () => {
  const seen = [];
  for (const login of ["ann", "lea", "pat"]) {
    const browser = new Browser();
    const { status, location, set } = await browser.signIn(login, "/models?sort=name#newest");
    expect([status, location]).toEqual([302, `${PUBLIC}/models?sort=name#newest`]);
    expect(set.find((cookie) => cookie.startsWith("asof_session="))).toMatch(
      /; Path=\/ml; HttpOnly; Secure; SameSite=Strict$/,
    );
    seen.push(await browser.viewer());
  }
  expect(seen).toEqual([
    { actor: "ann@example.com", role: "OPERATOR", open: false, seesPersonal: false },
    { actor: "lea@example.com", role: "ADMIN", open: false, seesPersonal: true },
    { actor: "pat@example.com", role: "VIEWER", open: false, seesPersonal: true },
  ]);
});

test("a group may have a role for one model alone", async () => {
  const browser = new Browser();
  await browser.signIn("moe");
  const { data } = await browser.ask("{ viewer { role modelRoles { model role } } }");
  expect(data.viewer).toEqual({ role: "VIEWER", modelRoles: [{ model: "churn", role: "OPERATOR" }] });
});

test.each([
  ["has no group that has a role", "guest", "no_role"],
  ["has an address that nobody verified", "mallory", "failed"],
  ["has an address of which the provider does not say whether it verified it", "unsaid", "failed"],
])("who %s is not signed in", async (_who, login, reason) => {
  const browser = new Browser();
  const { location } = await browser.signIn(login);
  expect([location, [...browser.cookies.keys()]]).toEqual([`${PUBLIC}/?signIn=${reason}`, []]);
});

test("a provider may say in a text that it verified an address", async () => {
  const browser = new Browser();
  await browser.signIn("told");
  expect(await browser.viewer()).toMatchObject({ actor: "told@example.com" });
});

test("an unverified address is no group either, unless the provider is trusted with addresses", async () => {
  const { grants } = oidc;
  oidc.nameClaim = "sub";
  oidc.roleClaim = "email";
  oidc.grants = { ...grants, admin: ["lea@example.com"], viewer: ["unsaid@example.com"] };
  try {
    const mallory = await new Browser().signIn("mallory");
    expect(mallory.location).toBe(`${PUBLIC}/?signIn=no_role`);
    const lea = new Browser();
    await lea.signIn("lea");
    expect(await lea.viewer()).toMatchObject({ actor: "lea", role: "ADMIN" });
    oidc.trustsEmail = true;
    const unsaid = new Browser();
    await unsaid.signIn("unsaid");
    expect(await unsaid.viewer()).toMatchObject({ actor: "unsaid", role: "VIEWER" });
  } finally {
    Object.assign(oidc, { nameClaim: "email", roleClaim: "groups", grants, trustsEmail: false });
  }
});

test("who has no address is known by the provider's id", async () => {
  const browser = new Browser();
  await browser.signIn("nameless");
  expect(await browser.viewer()).toMatchObject({ actor: "nameless", role: "VIEWER" });
});

test("who refuses at the provider is not signed in", async () => {
  const browser = new Browser();
  const { location } = await browser.get("/ml/session/sign-in");
  const back = await signInAtProvider(location, "ann", true);
  expect((await browser.get(back)).location).toBe(`${PUBLIC}/?signIn=denied`);
});

test("only the browser that began comes back, once, and with what was sent for it", async () => {
  const ann = new Browser();
  const back = await ann.throughProvider("ann");
  // The link alone, in another's browser.
  const other = new Browser();
  expect((await other.get(back)).location).toBe(`${PUBLIC}/?signIn=expired`);
  // Another's browser that began for itself: the state differs.
  await other.get("/ml/session/sign-in");
  expect((await other.get(back)).location).toBe(`${PUBLIC}/?signIn=failed`);
  expect([...other.cookies.keys()]).toEqual([]);
  expect((await ann.get(back)).location).toBe(`${PUBLIC}/`);
  // The attempt is used up, and so is the code.
  expect((await ann.get(back)).location).toBe(`${PUBLIC}/?signIn=expired`);
});

test.each([
  ["a code that the provider never gave", (url: URL) => url.searchParams.set("code", "x".repeat(43))],
  ["another state", (url: URL) => url.searchParams.set("state", "x".repeat(43))],
  ["no state", (url: URL) => url.searchParams.delete("state")],
  ["another issuer", (url: URL) => url.searchParams.set("iss", "https://evil.example")],
  [
    "an error of somebody's own words",
    (url: URL) => url.searchParams.set("error", "<script>alert(1)</script>"),
  ],
])("%s signs nobody in", async (_what, change) => {
  const browser = new Browser();
  const back = new URL(await browser.throughProvider("ann"));
  change(back);
  expect((await browser.get(back.href)).location).toBe(`${PUBLIC}/?signIn=failed`);
  expect([...browser.cookies.keys()]).toEqual([]);
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "/../../x",
  "x",
  `/${"x".repeat(3_000)}`,
])("the page afterwards is one of this server: %s is not", async (page) => {
  const { location } = await new Browser().signIn("ann", page);
  expect(location).toBe(`${PUBLIC}/`);
});

test("signing out ends the session everywhere, its open sockets too, and no other of the person", async () => {
  const [desk, phone] = [new Browser(), new Browser()];
  await desk.signIn("ann");
  await phone.signIn("ann");
  const socket = createClient({
    url: `${app.asof.address.replace("http", "ws")}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers: { cookie: desk.header } });
      }
    },
    lazy: false,
    retryAttempts: 0,
  });
  const closed = new Promise<unknown>((resolve) =>
    socket.on("closed", (event) => {
      const { code, reason } = event as { code: number; reason: string };
      resolve({ code, reason });
    }),
  );
  await new Promise<void>((resolve) => socket.on("connected", () => resolve()));
  const stolen = new Browser();
  stolen.cookies.set("asof_session", desk.cookies.get("asof_session")!);
  const out = await app.asof.http.inject({
    method: "DELETE",
    url: "/ml/session",
    headers: { cookie: desk.header },
  });
  expect(out.statusCode).toBe(204);
  expect(await closed).toEqual({ code: 4403, reason: "the token was revoked" });
  expect(await stolen.refusal()).toBe("UNAUTHENTICATED");
  expect(await phone.viewer()).toMatchObject({ actor: "ann@example.com" });
  const audited = await app.sql(
    "select actor, outcome from audit_log where action = 'session.end' order by audit_log.id",
  );
  expect(audited).toEqual([
    { actor: "ann@example.com", outcome: "ASKED" },
    { actor: "ann@example.com", outcome: "DONE" },
  ]);
});

test("what is no session is not ended, and nothing is on record of it", async () => {
  const count = async () =>
    (await app.sql("select count(*)::int as n from audit_log where action = 'session.end'"))[0]!.n;
  const before = await count();
  const ended = new Browser();
  await ended.signIn("ann");
  for (const token of [ADMIN, `asof_${"x".repeat(43)}`, "nothing", ended.cookies.get("asof_session")!]) {
    for (let time = 0; time < 2; time++) {
      const headers = { cookie: `asof_session=${token}` };
      const out = await app.asof.http.inject({ method: "DELETE", url: "/ml/session", headers });
      expect(out.statusCode).toBe(204);
    }
  }
  // One pair: of the session, the first time.
  expect(await count()).toBe(before + 2);
});

test("each session is in the audit log, from where it begins", async () => {
  const [begun] = await app.sql(
    `select count(*) filter (where outcome = 'ASKED')::int as asked, count(*) filter (where outcome = 'DONE')::int as done,
       (select count(*)::int from api_tokens where person is not null) as sessions
     from audit_log where action = 'session.begin'`,
  );
  expect(begun!.sessions).toBeGreaterThan(2);
  expect(begun).toEqual({ asked: begun!.sessions, done: begun!.sessions, sessions: begun!.sessions });
  const [asked] = await app.sql(
    "select details::json->'args' as args from audit_log where action = 'session.begin' and actor = 'ann@example.com' limit 1",
  );
  expect(Object.keys(asked!.args).sort()).toEqual(["hours", "modelRoles", "role", "seesPersonal"]);
});

test("an admin sees the sessions, and ends one by its name", async () => {
  const browser = new Browser();
  await browser.signIn("ann");
  const { body } = await operate(
    app,
    "{ tokens(first: 1) { name person role seesPersonal expiresAt revokedAt } }",
    ADMIN,
  );
  const hours = (Date.parse(body.data.tokens[0].expiresAt) - Date.now()) / 3_600_000;
  expect(body.data.tokens[0]).toMatchObject({
    name: expect.stringMatching(/^session:[\w-]{36}$/),
    person: expect.stringMatching(/@example\.com$|^(nameless|lea|unsaid)$/),
    revokedAt: null,
  });
  expect(hours).toBeGreaterThan(7.9);
  expect(hours).toBeLessThanOrEqual(8);
  const mine = await app.sql<{ name: string }>(
    "select name from api_tokens where person = 'ann@example.com' order by created_at desc limit 1",
  );
  const ended = await operate(app, `mutation { revokeToken(name: "${mine[0]!.name}") { person } }`, ADMIN);
  expect(ended.body.data.revokeToken).toEqual({ person: "ann@example.com" });
  expect(await browser.refusal()).toBe("UNAUTHENTICATED");
});

test("a session ends by itself, and a month later nothing is left of it", async () => {
  const browser = new Browser();
  await browser.signIn("ann");
  await app.sql("update api_tokens set expires_at = clock_timestamp() where person is not null");
  await until("it has ended", async () => (await browser.refusal()) === "UNAUTHENTICATED");
  await app.sql(
    "update api_tokens set expires_at = clock_timestamp() - interval '31 days' where person is not null",
  );
  await new Browser().signIn("lea");
  expect(await app.sql("select person from api_tokens where person is not null")).toEqual([
    { person: "lea@example.com" },
  ]);
});

test("a provider that hangs or is down is said to be, sessions go on, and it is asked again", async () => {
  const signedIn = new Browser();
  await signedIn.signIn("ann");
  const waiting = new Browser();
  const own = await waiting.throughProvider("lea");
  provider.hang();
  try {
    expect((await waiting.get(own)).location).toBe(`${PUBLIC}/?signIn=unavailable`);
    expect(await signedIn.viewer()).toMatchObject({ actor: "ann@example.com" });
  } finally {
    provider.resume();
  }
  await waiting.signIn("lea");
  expect(await waiting.viewer()).toMatchObject({ actor: "lea@example.com" });
});
