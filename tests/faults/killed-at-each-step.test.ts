import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { canonicalStore, differences } from "../support/canonical-store.js";
import { type Cluster, startCluster } from "../support/cluster.js";
import type { GraphQLClient } from "../support/graphql.js";
import type { TestProcess } from "../support/process.js";
import { lessAndLess, until } from "../support/until.js";
import { Holds, type Place, POINTS } from "./holds.js";
import { IN_SUITE, KINDS, prepare, strictDefinitions, writeMonths } from "./kinds.js";

/** `npm run test:faults`: every point of every step, one after the other in one run. Else one point of each kind. */
const GRID = process.env.FAULTS === "all";

interface Stand {
  cluster: Cluster;
  api: GraphQLClient;
}

/** Where nothing is ever interrupted. */
let undisturbed: Stand;
let killed: Stand & { holds: Holds };
const workers = new Map<string, Promise<TestProcess>>();
let started = 0;

/** A worker whose sessions bear its name. */
function startWorker(): void {
  const name = `worker ${++started}`;
  const url = new URL(killed.cluster.url);
  url.searchParams.set("application_name", name);
  const env = { ...strictDefinitions(killed.cluster.dataDir), DATABASE_URL: url.href };
  workers.set(name, killed.cluster.start("worker", env));
}

async function startStand(role: "all" | "api"): Promise<Stand> {
  const cluster = await startCluster();
  writeMonths(cluster.dataDir);
  const { client } = await cluster.start(role, strictDefinitions(cluster.dataDir));
  return { cluster, api: client };
}

beforeAll(async () => {
  undisturbed = await startStand("all");
  const stand = await startStand("api");
  killed = { ...stand, holds: await Holds.install(stand.cluster) };
  startWorker();
  startWorker();
  await Promise.all([prepare(undisturbed.api), prepare(killed.api)]);
}, 300_000);
afterAll(async () => {
  await Promise.allSettled(workers.values());
  await killed?.cluster.stop();
  await undisturbed?.cluster.stop();
});

const ENDED = "status in ('SUCCEEDED', 'FAILED', 'CANCELLED')";

/** The run has ended, those it started too, and what they staged is dropped. */
async function settled({ cluster }: Stand, id: string): Promise<void> {
  await until(
    `run ${id} and all others have ended`,
    async () => {
      const [run] = await cluster.sql(
        `select bool_and(${ENDED}) and not exists (
           select 1 from dbos.workflow_status where status in ('PENDING', 'ENQUEUED')) as settled,
           (select count(*) from pg_tables where schemaname = 'staging')::int as staging from runs`,
      );
      return run!.settled && run!.staging === 0;
    },
    120_000,
    lessAndLess,
  );
  const failed = await cluster.sql("select id, kind, status, error from runs where status <> 'SUCCEEDED'");
  expect(failed).toEqual([]);
}

/** In the order they came: the run, its steps, and those of its children. */
async function placesOf({ cluster }: Stand, id: string): Promise<Place[]> {
  const steps = await cluster.sql<Place>(
    `select case when r.id = $1 then '' else r.name end as child, s.name as step from run_steps s join runs r on r.id = s.run_id
     where r.id = $1 or r.parent_run_id = $1 order by s.started_at`,
    [id],
  );
  return [{ child: "", step: "run" }, ...steps];
}

/** Kills whoever comes to a point, until the run has ended. */
async function killAtEachHold(id: string): Promise<string[]> {
  const { cluster, holds } = killed;
  const kills: string[] = [];
  for (;;) {
    const hit = await until(
      `run ${id} comes to a point or ends, after ${kills.at(-1)}`,
      async () => {
        const found = await holds.hit();
        if (found) return found;
        const rows = await cluster.sql(`select 1 from runs where id = $1 and ${ENDED}`, [id]);
        return rows.length > 0 ? "ended" : false;
      },
      60_000,
    );
    if (hit === "ended") return kills;
    const victim = await workers.get(hit.application);
    if (!victim) {
      // What a dead process sent before it died.
      await holds.end(hit);
      continue;
    }
    await holds.disarm(hit);
    workers.delete(hit.application);
    startWorker();
    await victim.kill();
    await holds.letGo(hit);
    kills.push(`${hit.child} ${hit.step} ${hit.point}`.trim());
  }
}

/** A step need not have anything to tell while it works. */
const ALWAYS_MET = ["begin", "end", "told"];

describe(`a process that is killed (SIGKILL) at ${GRID ? "each" : "a"} step`, () => {
  afterEach(() => killed.holds.clear());

  it.each(Object.keys(KINDS) as (keyof typeof KINDS)[])(
    "of %s leaves, once another has gone on, what one undisturbed leaves",
    async (kind) => {
      const reference = await KINDS[kind](undisturbed.api);
      await settled(undisturbed, reference);
      const places = await placesOf(undisturbed, reference);
      const grid = places.flatMap((place) => POINTS.map((point) => ({ ...place, point })));
      await killed.holds.arm(kind, GRID ? grid : [IN_SUITE[kind]]);
      const id = await KINDS[kind](killed.api);
      const kills = await killAtEachHold(id);
      const missed = await killed.holds.clear();
      if (GRID) console.log(`${kind}: ${kills.length} kills: ${kills.join(", ")}`);
      expect(missed.filter(({ point }) => !GRID || ALWAYS_MET.includes(point))).toEqual([]);
      await settled(killed, id);
      const stores = await Promise.all(
        [killed, undisturbed].map(({ cluster }) => canonicalStore(cluster.sql)),
      );
      expect(differences(stores[0]!, stores[1]!)).toEqual([]);
      // The same again that another process made.
      if (kind === "REPRODUCE") expect((await killed.api.finished(id)).result.identical).toBe(true);
    },
    GRID ? 1_200_000 : 240_000,
  );
});
