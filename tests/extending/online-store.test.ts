import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkOnlineStore } from "../../src/cli/doctor/online-store.js";
import type { FeatureView } from "../../src/definitions/language/deployment.js";
import { keyOf } from "../../src/definitions/language/entities.js";
import { builtInOnlineStores, onlineStores } from "../../src/features/online/registry.js";
import {
  type OnlineState,
  type OnlineStore,
  type OnlineStoreKind,
  type OnlineStoreParts,
  readRowText,
  rowTextsSql,
} from "../../src/process/front.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth, promote, STRONG, trained, USERS } from "../support/months.js";

type Rows = Record<string, string>;

/** One JSON file a view: the text of each user's row. For few users and one process that writes. */
class FileStore implements OnlineStore {
  readonly copy = {
    name: "files",
    rows: async (view: FeatureView, userIds: readonly string[]) => {
      const rows = await this.#read(view);
      return userIds.map((id) => rows[id] ?? null);
    },
    users: async function* (this: FileStore, view: FeatureView) {
      yield Object.keys(await this.#read(view));
    }.bind(this),
    // Files stay as they were written.
    repair: async () => {},
  };
  /** A write begins when the one before has ended, so that none takes another back. */
  #writes: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly parts: OnlineStoreParts,
  ) {}

  async read(userIds: readonly string[], views = this.parts.definitions.views) {
    const files = await Promise.all(views.map((view) => this.#read(view).catch((): Rows => ({}))));
    const found = userIds.map((id) =>
      files.map((rows, v) => (rows[id] === undefined ? null : readRowText(views[v]!, rows[id]))),
    );
    const missing = userIds.filter((_, i) => found[i]!.includes(null));
    const rest = missing.length > 0 ? await this.parts.truth.read(missing, views) : [];
    return found.map((rows, i) => (rows.includes(null) ? rest[missing.indexOf(userIds[i]!)]! : rows));
  }

  fill = (): Promise<void> => this.#inTurn((view) => this.#select(view));

  refresh = (userIds: readonly string[]): Promise<void> =>
    this.#inTurn(async (view) => ({ ...(await this.#read(view)), ...(await this.#select(view, userIds)) }));

  forget = (userIds: readonly string[]): Promise<void> =>
    this.#inTurn(async (view) =>
      Object.fromEntries(Object.entries(await this.#read(view)).filter(([id]) => !userIds.includes(id))),
    );

  async state(): Promise<OnlineState> {
    const whole = this.parts.definitions.views.map((view) => this.#read(view));
    return Promise.all(whole).then(
      () => "OK",
      () => this.parts.truth.state().then((state) => (state === "OK" ? "DEGRADED" : "DOWN")),
    );
  }

  async #select(view: FeatureView, userIds?: readonly string[]): Promise<Rows> {
    const { rows } = await this.parts.pool.query<{ key: string; row: string }>(
      rowTextsSql(keyOf(this.parts.definitions, view.source), view, userIds ? "some" : "all"),
      userIds ? [userIds] : [],
    );
    return Object.fromEntries(rows.map(({ key, row }) => [key, row]));
  }

  #inTurn(rowsOf: (view: FeatureView) => Promise<Rows>): Promise<void> {
    const written = this.#writes.then(async () => {
      for (const view of this.parts.definitions.views) await this.#write(view, await rowsOf(view));
    });
    this.#writes = written.catch(() => {});
    return written;
  }

  async #read(view: FeatureView): Promise<Rows> {
    return JSON.parse(await readFile(this.#file(view), "utf8"));
  }

  async #write(view: FeatureView, rows: Rows): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${this.#file(view)}.new`, JSON.stringify(rows));
    await rename(`${this.#file(view)}.new`, this.#file(view));
  }

  #file = (view: FeatureView) => join(this.folder, `${view.name}.json`);
}

const files: OnlineStoreKind = {
  name: "files",
  description: "One JSON file a view.",
  schemes: ["file"],
  open: async (parts) => new FileStore(fileURLToPath(parts.url), parts),
  async check(url) {
    const folder = fileURLToPath(url);
    await mkdir(folder, { recursive: true });
    return `${folder} can be written to`;
  },
  remedy: "make the folder",
};

let folder: string;
let app: TestApp;
beforeAll(async () => {
  onlineStores.use([...builtInOnlineStores, files]);
  folder = await mkdtemp(join(tmpdir(), "asof-online-"));
  app = await startTestApp({ onlineStoreUrl: pathToFileURL(folder).href });
  await ingestMonth(app, JANUARY, learnableMonth());
  await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await promote(app, 1);
});
afterAll(async () => {
  await app?.stop();
  onlineStores.use(builtInOnlineStores);
  if (folder) await rm(folder, { recursive: true });
});

const USER = USERS[3]!;
const PROBABILITY = `{ predict(userId: "${USER}") { probability } }`;
const tickets = async () => {
  const query = `{ features(userId: "${USER}") { values { supportTickets90d } } }`;
  return (await app.client.query(query)).features.values.supportTickets90d;
};
const onlineState = async () => (await app.client.query("{ health { onlineStore } }")).health.onlineStore;
const stored = async (view: string): Promise<Rows> =>
  JSON.parse(await readFile(join(folder, `${view}.json`), "utf8"));
async function parity() {
  const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
  const { result } = (await app.client.finished(verifyParity.id)) as { result: any };
  return result;
}

it("an ingest fills a store from outside, and parity finds its rows identical", async () => {
  for (const view of ["subs_profile", "support_agg_90d"])
    expect(Object.keys(await stored(view))).toHaveLength(USERS.length);
  expect(await onlineState()).toBe("OK");
  const { identical, views } = await parity();
  expect(identical).toBe(true);
  expect(views.filter(({ store }: any) => store === "files").map(({ view }: any) => view)).toEqual([
    ...["subs_profile", "usage_agg_30d", "payments_agg_90d", "support_agg_90d"],
  ]);
});

it("a push is in it, and is answered", async () => {
  const { push } = await app.client.query(
    `mutation { push(input: { view: "support_agg_90d", rows: [
      { userId: "${USER}", asOf: "2024-02-10", values: { support_tickets_90d: 77 } }] }) { accepted } }`,
  );
  expect(push.accepted).toBe(1);
  expect((await stored("support_agg_90d"))[USER]).toContain('"77"');
  expect(await tickets()).toBe(77);
  expect((await parity()).identical).toBe(true);
});

it("reads and predictions are answered from it, and parity names a row that was changed in it", async () => {
  const before = (await app.client.query(PROBABILITY)).predict.probability;
  const rows = await stored("support_agg_90d");
  const forged = { ...rows, [USER]: rows[USER]!.replace('"77"', '"78"') };
  await writeFile(join(folder, "support_agg_90d.json"), JSON.stringify(forged));
  expect(await tickets()).toBe(78);
  expect((await app.client.query(PROBABILITY)).predict.probability).toEqual(expect.any(Number));
  const { identical, sample } = await parity();
  expect(identical).toBe(false);
  expect(sample).toMatchObject([{ store: "files", view: "support_agg_90d", userId: USER }]);

  const { materialize } = await app.client.query(`mutation { materialize(asOf: "${JANUARY}") { id } }`);
  expect((await app.client.finished(materialize.id)).status).toBe("SUCCEEDED");
  expect(await tickets()).toBe(77);
  expect((await app.client.query(PROBABILITY)).predict.probability).toBe(before);
});

it("while it is away, answers are whole and health is DEGRADED", async () => {
  await rename(folder, `${folder}-away`);
  try {
    expect(await onlineState()).toBe("DEGRADED");
    expect(await tickets()).toBe(77);
  } finally {
    await rename(`${folder}-away`, folder);
  }
  expect(await onlineState()).toBe("OK");
});

it.each<[string | null, object]>([
  [null, { name: "online store", status: "ok", message: "PostgreSQL is it" }],
  [
    "memcached://u:hunter2@h",
    {
      name: "online store",
      status: "failed",
      message:
        "ONLINE_STORE_URL: no online store is for memcached://; begin it with one of redis://, rediss://, " +
        "redis+sentinel://, rediss+sentinel://, file://, or unset it: PostgreSQL is then the online store",
    },
  ],
])("the doctor says of %s which store it is", async (url, check) => {
  expect(await checkOnlineStore(url)).toMatchObject(check);
});

it("the doctor asks a store from outside", async () => {
  const check = await checkOnlineStore(pathToFileURL(folder).href);
  expect(check).toMatchObject({ name: "files", status: "ok", message: `${folder} can be written to` });
});

it("stores stand in docs/online-store.md as their records have them", async () => {
  const documented = await readFile("docs/online-store.md", "utf8");
  for (const { name, schemes, description } of builtInOnlineStores as readonly OnlineStoreKind[]) {
    const urls = schemes.map((scheme) => `\`${scheme}://\``).join(", ") || "none is set";
    expect(documented).toContain(`| \`${name}\` | ${urls} | ${description} |`);
  }
});
