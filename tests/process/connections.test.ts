import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster } from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

const PROCESSES = 3;
const PER_PROCESS = 5;
const USERS = userIds(50);
const JANUARY = "2024-01-31";
/** The processes' sessions, apart from the test's own. */
const NAME = "served";

let shared: Awaited<ReturnType<typeof startCluster>>;
let api: TestProcess;
beforeAll(async () => {
  shared = await startCluster();
  const url = new URL(shared.url);
  url.searchParams.set("application_name", NAME);
  writeDelivery(shared.dataDir, JANUARY, smallDelivery(USERS));
  const worker = await shared.start("all");
  expect((await worker.client.ingest(JANUARY, JANUARY)).error).toBeNull();
  await worker.stop();
  api = await shared.start("api", { ASOF_PROCESSES: String(PROCESSES), DATABASE_URL: url.href });
  await until("all of them listen", () => serving().length === PROCESSES);
});
afterAll(() => shared?.stop());

const serving = (): string[] => [
  ...new Set([...api.output().matchAll(/"pid":(\d+)[^\n]*Server listening/g)].map(([, pid]) => pid!)),
];
const sessions = () =>
  shared.sql<{ query: string }>(
    `select query from pg_stat_activity where datname = current_database() and application_name = $1`,
    [NAME],
  );

it("processes under load hold five connections each at most, one of all of them to LISTEN", async () => {
  let ended = false;
  let answered = 0;
  const busy: unknown[] = [];
  const client = async (n: number) => {
    while (!ended) {
      const user = USERS[n % USERS.length];
      const query =
        n % 2 === 0
          ? `{ features(userId: "${user}") { values { monthlyFee } } }`
          : `{ users(first: 20) { nodes { userId features { values { monthlyFee } } } } runs(first: 5) { totalCount } }`;
      // A connection of its own: they go to the processes in turn.
      const answer = await fetch(`${api.client.address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", connection: "close" },
        body: JSON.stringify({ query }),
      });
      const { errors } = (await answer.json()) as { errors?: unknown };
      if (errors) busy.push(errors);
      else answered++;
    }
  };
  const clients = Array.from({ length: 40 }, (_, n) => client(n));
  const counts: number[] = [];
  await until(
    "they have answered for a while",
    async () => {
      counts.push((await sessions()).length);
      return answered > 600 && counts.length > 40;
    },
    60_000,
  );
  ended = true;
  await Promise.all(clients);
  expect(busy).toEqual([]);
  expect(Math.max(...counts)).toBeLessThanOrEqual(PROCESSES * PER_PROCESS);
  expect(Math.max(...counts)).toBeGreaterThan(PROCESSES);
  expect((await sessions()).filter(({ query }) => /^listen/i.test(query))).toHaveLength(1);
}, 90_000);

it("those that are idle are closed", async () => {
  const few = PROCESSES * 2 + 1;
  await until(`${few} are left`, async () => (await sessions()).length <= few, 30_000);
}, 40_000);
