import { expect } from "vitest";
import { canonicalStore, differences } from "../support/canonical-store.js";
import { type Cluster, startCluster } from "../support/cluster.js";
import type { GraphQLClient } from "../support/graphql.js";
import type { TestProcess } from "../support/process.js";
import { lessAndLess, until } from "../support/until.js";
import { Holds, type Place, type Point } from "./holds.js";

export interface Stand {
  cluster: Cluster;
  api: GraphQLClient;
}

/** Of what the processes of both stands are started with, by their data directory, after what it holds is written. */
export type SetUp = (dataDir: string) => Record<string, string> | Promise<Record<string, string>>;

const ENDED = "status in ('SUCCEEDED', 'FAILED', 'CANCELLED')";

/** Two deployments to which the same is done: in one, whose workers are killed, and in one where nothing is ever interrupted. */
export class Stands {
  private readonly workers = new Map<string, Promise<TestProcess>>();
  private readonly found = new Map<string, ReadonlySet<string>>();
  private started = 0;

  private constructor(
    readonly undisturbed: Stand,
    readonly killed: Stand,
    readonly holds: Holds,
    private readonly env: Record<string, string>,
  ) {}

  /** @param empty the first process of each migrates its database */
  static async start(setUp: SetUp, { empty = false } = {}): Promise<Stands> {
    const stand = async (role: "all" | "api") => {
      const cluster = await startCluster({ empty });
      const env = await setUp(cluster.dataDir);
      const { client } = await cluster.start(role, env);
      return { cluster, api: client, env };
    };
    const undisturbed = await stand("all");
    const { env, ...killed } = await stand("api");
    const stands = new Stands(undisturbed, killed, await Holds.install(killed.cluster), env);
    stands.startWorker();
    stands.startWorker();
    return stands;
  }

  /** A worker whose sessions bear its name. */
  private startWorker(): void {
    const name = `worker ${++this.started}`;
    const url = new URL(this.killed.cluster.url);
    url.searchParams.set("application_name", name);
    this.workers.set(name, this.killed.cluster.start("worker", { ...this.env, DATABASE_URL: url.href }));
  }

  /** Kills whoever comes to a point, until the run has ended. */
  async killAtEachHold(id: string): Promise<string[]> {
    const { cluster } = this.killed;
    const kills: string[] = [];
    for (;;) {
      const hit = await until(
        `run ${id} comes to a point or ends, after ${kills.at(-1)}`,
        async () => {
          const found = await this.holds.hit();
          if (found) return found;
          const rows = await cluster.sql(`select 1 from runs where id = $1 and ${ENDED}`, [id]);
          return rows.length > 0 ? "ended" : false;
        },
        60_000,
      );
      if (hit === "ended") return kills;
      const victim = await this.workers.get(hit.application);
      if (!victim) {
        // What a dead process sent before it died.
        await this.holds.end(hit);
        continue;
      }
      await this.holds.disarm(hit);
      this.workers.delete(hit.application);
      this.startWorker();
      await victim.kill();
      await this.holds.letGo(hit);
      kills.push(`${hit.child} ${hit.step} ${hit.point}`.trim());
    }
  }

  /** Expects of both stores that they hold the same, but for what another kind has failed with already. */
  async expectTheSame(kind: string): Promise<void> {
    const stores = await Promise.all(
      [this.killed, this.undisturbed].map(({ cluster }) => canonicalStore(cluster.sql)),
    );
    const found = differences(stores[0]!, stores[1]!);
    const known = [...this.found].filter(([other]) => other !== kind).flatMap(([, each]) => [...each]);
    const own = found.filter(({ id }) => !known.includes(id));
    this.found.set(kind, new Set(own.map(({ id }) => id)));
    expect(own.map(({ shown }) => shown)).toEqual([]);
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.workers.values());
    await this.killed.cluster.stop();
    await this.undisturbed.cluster.stop();
  }
}

/** The run has ended, those it started too, and what they staged is dropped. */
export async function settled({ cluster }: Stand, id: string): Promise<void> {
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
export async function placesOf({ cluster }: Stand, id: string): Promise<Place[]> {
  const steps = await cluster.sql<Place>(
    `select case when r.id = $1 then '' else r.name end as child, s.name as step from run_steps s join runs r on r.id = s.run_id
     where r.id = $1 or r.parent_run_id = $1 order by s.started_at`,
    [id],
  );
  return [{ child: "", step: "run" }, ...steps];
}

/** A step need not have anything to tell while it works. */
export const ALWAYS_MET: readonly Point[] = ["begin", "end", "told"];
