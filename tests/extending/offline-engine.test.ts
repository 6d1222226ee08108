import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtInOfflineEngines, offlineEngines } from "../../src/features/offline/registry.js";
import { type OfflineEngine } from "../../src/process/front.js";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  movedMonth,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";

const FEBRUARY = "2024-02-29";
const [postgres] = builtInOfflineEngines;
const asked: string[] = [];
const said = (what: string) => void asked.push(what);

/** Reads by PostgreSQL, and keeps what it was asked for. */
const watched: OfflineEngine = {
  ...postgres,
  name: "watched",
  description: "PostgreSQL, watched.",
  pointInTime: (db, deployment) => {
    const store = postgres.pointInTime(db, deployment);
    return {
      read: (rows, views) => {
        said(`as of ${rows[0]!.asOf}`);
        return store.read(rows, views);
      },
    };
  },
  training: (pool, query) => {
    said("training");
    return postgres.training(pool, query);
  },
  exportCsv: (pool, query, write, onRows) => {
    said("export CSV");
    return postgres.exportCsv(pool, query, write, onRows);
  },
  exportRows: (pool, query) => {
    said("export rows");
    return postgres.exportRows(pool, query);
  },
  changes: (db, key, columns, sides) => {
    said(`changes of ${sides.to.name}`);
    return postgres.changes(db, key, columns, sides);
  },
  hash: (tx, key, part) => {
    said(`hash of ${part.name}`);
    return postgres.hash(tx, key, part);
  },
};

let app: TestApp;
let runId: string;
beforeAll(async () => {
  offlineEngines.use([watched]);
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, movedMonth());
  runId = (await trained(app, { asOf: JANUARY, seed: 1, params: STRONG })).id;
});
afterAll(async () => {
  await app?.stop();
  offlineEngines.use(builtInOfflineEngines);
});

const mutation = async (text: string) => {
  const [{ id }] = Object.values(await app.client.query(`mutation { ${text} { id } }`)) as [{ id: string }];
  expect(await app.client.finished(id)).toMatchObject({ status: "SUCCEEDED", error: null });
};

it.each<[string, () => Promise<unknown>, string[]]>([
  [
    "features as of a date",
    () => app.client.query(`{ features(userId: "${USERS[0]}", asOf: "${JANUARY}") { userId } }`),
    [`as of ${JANUARY}`],
  ],
  [
    "an export",
    () =>
      mutation(
        `exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${JANUARY}", formats: [CSV, PARQUET] })`,
      ),
    ["export CSV", "export rows"],
  ],
  [
    "what differs between two snapshots",
    () => app.client.query(`{ snapshotDiff(from: "${JANUARY}", to: "${FEBRUARY}") { identical } }`),
    ["changes of subscriptions"],
  ],
  ["a reproduction", () => mutation(`reproduce(runId: "${runId}")`), ["hash of subscriptions", "training"]],
])("an engine from outside reads %s", async (_, use, expected) => {
  asked.length = 0;
  await use();
  expect(asked).toEqual(expect.arrayContaining(expected));
});

it("every member of the record stands in docs/extending/offline-engine.md", () => {
  const documented = readFileSync("docs/extending/offline-engine.md", "utf8");
  const members = Object.entries(postgres).filter(([, member]) => typeof member === "function");
  for (const [name] of members) expect(documented).toContain(`\`${name}\``);
});
