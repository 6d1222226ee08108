import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { findPlace } from "../../src/db/embedded/place.js";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { createClient } from "../../src/db/pool.js";
import type { ProcessRole } from "../../src/process/config.js";
import { type Host, makeNetwork, type Network } from "../support/hosts.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { makeCluster, type NodePlace, startNode } from "../support/redis-cluster.js";
import { until } from "../support/until.js";

export const TOKEN = "only-for-these-hosts-0123456789abcdef";
const PORT = 4000;
export const hasBalancer = spawnSync("haproxy", ["-v"]).status === 0;
const SERVERS = { fsync: "off", shared_buffers: "64MB", max_connections: "100" };

export interface WholeDeployment {
  network: Network;
  api: [Host, Host];
  workers: [Host, Host];
  db: Host;
  standby: Host;
  redis: Host[];
  /** Where the load balancer answers. */
  address: string;
  /** What all processes read deliveries from, as a volume of theirs. */
  dataDir: string;
  /** Of the primary. */
  sql<T = Record<string, any>>(text: string, values?: unknown[]): Promise<T[]>;
  /** A session of the test's own on it. */
  session(): Promise<pg.Client>;
  /** @param main of another build than the one that is tested */
  start(host: Host, role: ProcessRole, main?: string): Promise<TestProcess>;
  stop(): Promise<void>;
}

/** PostgreSQL with a standby, a Redis Cluster and a load balancer, each on hosts of its own; no process of asof yet. */
export async function makeDeployment(): Promise<WholeDeployment> {
  const folder = mkdtempSync(join(tmpdir(), "asof-hosts-"));
  // PostgreSQL's user passes through.
  chmodSync(folder, 0o711);
  const network = await makeNetwork();
  const stop = async () => {
    await network.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const host = (name: string) => network.host(name);
    const [db, standby, balancer] = [await host("db1"), await host("db2"), await host("lb")];
    const redis = [await host("redis1"), await host("redis2"), await host("redis3")];
    const api: [Host, Host] = [await host("api1"), await host("api2")];
    const workers: [Host, Host] = [await host("worker1"), await host("worker2")];
    const [databases, redisUrl] = await Promise.all([
      startDatabases(folder, network, db, standby),
      startRedis(folder, redis),
      startBalancer(balancer, api),
    ]);
    const dataDir = join(folder, "data");
    mkdirSync(dataDir);
    return {
      ...{ network, api, workers, db, standby, redis, dataDir, stop },
      address: `http://${balancer.address}:${PORT}`,
      sql: (text, values) => query(databases.primary, text, values),
      session: async () => {
        const client = createClient(databases.primary);
        client.on("error", () => {});
        await client.connect();
        return client;
      },
      start: ({ name, address, spawn }, role, main) =>
        startProcess(
          {
            ...{ DATABASE_URL: databases.primary, DATABASE_READ_URL: databases.standby, REDIS_URL: redisUrl },
            ...{ ASOF_HOME: join(folder, name), DATA_DIR: dataDir, ASOF_ROLE: role },
            ...{ ASOF_ADMIN_TOKEN: TOKEN, HOST: address, PORT: String(PORT), SHUTDOWN_DRAIN_MS: "3000" },
          },
          { spawn, token: TOKEN, ...(main && { main }) },
        ),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function query(url: string, text: string, values?: unknown[]) {
  const client = createClient(url);
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query(text, values).finally(() => client.end());
  return rows;
}

/** The standby begins as a copy of the primary's folder, and streams what comes. */
async function startDatabases(folder: string, network: Network, db: Host, standby: Host) {
  const [first, second] = [join(folder, db.name), join(folder, standby.name)];
  const made = await startEmbedded(first, SERVERS);
  await made.stop();
  const { username, password } = new URL(made.url);
  const [from, to] = [await findPlace(first), await findPlace(second)];
  appendFileSync(
    join(made.dataDir, "pg_hba.conf"),
    ["all", "replication"].map((what) => `host ${what} all ${network.range} scram-sha-256\n`).join(""),
  );
  const copy = join(to.folder, "data");
  // With owners and modes, of which PostgreSQL is particular.
  execFileSync("cp", ["-a", made.dataDir, copy]);
  const conninfo = `host=${db.address} user=${username} password=${password} application_name=${standby.name}`;
  appendFileSync(join(copy, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
  writeFileSync(join(copy, "standby.signal"), "");
  const urls: string[] = [];
  for (const [host, data] of [
    [db, made.dataDir],
    [standby, copy],
  ] as const) {
    const settings = {
      ...SERVERS,
      ...{ listen_addresses: host.address, unix_socket_directories: "", timezone: "UTC" },
      // In its folder, which is removed with it.
      dynamic_shared_memory_type: "mmap",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = host.spawn(from.binaries.postgres, ["-D", data, "-p", "5432", ...options], {
      ...from.owner,
      env: { ...process.env, LC_ALL: "C" },
      stdio: "ignore",
    });
    const url = `postgres://${username}:${password}@${host.address}:5432/postgres`;
    await untilAnswers(host, server, () => query(url, "select 1"));
    urls.push(url);
  }
  return { primary: urls[0]!, standby: urls[1]! };
}

/** Three primaries, a host each, whose replicas are on the next host. */
async function startRedis(folder: string, hosts: readonly Host[]): Promise<string> {
  const place = (host: Host, port: number): NodePlace => ({
    ...{ address: host.address, spawn: host.spawn },
    ...{ port, bus: port + 10_000 },
  });
  const places = [
    ...hosts.map((host) => place(host, 7001)),
    ...hosts.map((_, n) => place(hosts[(n + 1) % hosts.length]!, 7002)),
  ];
  const nodes = await Promise.all(
    places.map((each) => startNode(join(folder, "redis"), `${each.address}-${each.port}`, each)),
  );
  await makeCluster(nodes, places);
  return `redis://${hosts.map(({ address }) => `${address}:7001`).join(",")}`;
}

async function startBalancer(host: Host, [first, second]: readonly [Host, Host]): Promise<void> {
  const [LISTEN, API_1, API_2] = [host, first, second].map(({ address }) => `${address}:${PORT}`);
  const balancer = host.spawn("haproxy", ["-db", "-f", "ops/haproxy/haproxy.cfg"], {
    env: { ...process.env, LISTEN, API_1, API_2 },
    stdio: "ignore",
  });
  await untilAnswers(host, balancer, () => fetch(`http://${LISTEN}/`));
}

async function untilAnswers(
  host: Host,
  program: ChildProcess,
  answers: () => Promise<unknown>,
): Promise<void> {
  const ended = once(program, "exit").then(([code]) => {
    throw new Error(`${program.spawnargs.join(" ")} ended with ${code} on ${host.name}`);
  });
  const answered = until(`${host.name} answers`, () =>
    answers().then(
      () => true,
      () => false,
    ),
  );
  await Promise.race([answered, ended]);
  ended.catch(() => {});
}
