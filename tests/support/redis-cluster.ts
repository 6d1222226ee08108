import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { SLOTS, slotOf } from "../../src/features/online/redis/redis-slots.js";
import { endWithThis } from "./end-with-this.js";
import { freePort } from "./free-port.js";
import type { SpawnProgram } from "./process.js";
import { REDIS_PROGRAM, type TestRedis } from "./redis.js";
import { until } from "./until.js";

const PRIMARIES = 3;
/** Short, so that a replica takes over within some seconds. */
const NODE_TIMEOUT_MS = 1_500;

export interface RedisNode {
  readonly url: string;
  command(...args: string[]): Promise<unknown>;
  info(section: string): Promise<string>;
  kill(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  readonly isAlive: boolean;
}

/** As one server is used in the tests, and its nodes by themselves. */
export interface TestRedisCluster extends TestRedis {
  /** Those that live. */
  nodes(): RedisNode[];
  primaries(): Promise<RedisNode[]>;
  primaryOf(key: string): Promise<RedisNode>;
  /** Returns when its replica has taken over. */
  killPrimary(primary: RedisNode): Promise<void>;
  replicasOf(primary: RedisNode): Promise<RedisNode[]>;
}

/** Three primaries with a replica each, on free ports of this machine; nothing is kept on disk but their own list. */
export async function startRedisCluster({ replicas = 1 } = {}): Promise<TestRedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), "asof-redis-"));
  let all: RedisNode[] = [];
  const places: NodePlace[] = [];
  for (let n = 0; n < PRIMARIES * (1 + replicas); n++)
    places.push({ address: "127.0.0.1", port: await freePort(), bus: await freePort(), spawn });
  const start = async () => {
    const name = String(Date.now());
    all = await Promise.all(places.map((place) => startNode(folder, `${name}-${place.port}`, place)));
    await makeCluster(all, places);
  };
  const primaries = async () => {
    const roles = await Promise.all(living().map(async (node) => [node, await roleOf(node)] as const));
    return roles.flatMap(([node, role]) => (role === "master" ? [node] : []));
  };
  const living = () => all.filter(({ isAlive }) => isAlive);
  const primaryOf = async (key: string) => {
    const slot = slotOf(key);
    for (const node of await primaries()) {
      const own = String(await node.command("CLUSTER", "NODES"))
        .split("\n")
        .find((line) => line.includes("myself"))!;
      const isThere = own
        .split(" ")
        .slice(8)
        .some((range) => {
          const [from, to = from] = range.split("-").map(Number);
          return slot >= from! && slot <= to!;
        });
      if (isThere) return node;
    }
    throw new Error(`no primary has the slot ${slot}`);
  };
  try {
    await start();
  } catch (error) {
    await Promise.all(all.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `redis://${places.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    start,
    nodes: living,
    primaries,
    primaryOf,
    replicasOf: async (primary) => {
      const id = String(await primary.command("CLUSTER", "MYID"));
      const found: RedisNode[] = [];
      for (const node of living()) {
        const own = String(await node.command("CLUSTER", "NODES"))
          .split("\n")
          .find((line) => line.includes("myself"))!;
        if (own.split(" ")[3] === id) found.push(node);
      }
      return found;
    },
    killPrimary: async (primary) => {
      const before = (await primaries()).length;
      await primary.kill();
      await until("a replica has taken over", async () => {
        const now = await primaries();
        if (now.length < before) return false;
        const infos = await Promise.all(now.map((node) => node.command("CLUSTER", "INFO")));
        return infos.every((text) => String(text).includes("cluster_state:ok"));
      });
    },
    command: async (...args) => {
      const [name] = args;
      if (name === "KEYS" || name === "FLUSHALL") {
        const answers = await Promise.all((await primaries()).map((node) => node.command(...args)));
        return name === "KEYS" ? answers.flat() : "OK";
      }
      return (await primaryOf(args[name === "EVAL" ? 3 : 1]!)).command(...args);
    },
    kill: async () => {
      await Promise.all(all.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
    signal: (how) => {
      for (const node of living()) node.signal(how);
    },
  };
}

const roleOf = async (node: RedisNode) => /^role:(\w+)/m.exec(await node.info("replication"))?.[1];

/** Where a node listens, and how it is started there. */
export interface NodePlace {
  address: string;
  port: number;
  /** What the nodes talk to each other at. */
  bus: number;
  spawn: SpawnProgram;
}

export async function startNode(folder: string, name: string, place: NodePlace): Promise<RedisNode> {
  const { address, port, bus } = place;
  const options = {
    port: String(port),
    bind: address,
    "protected-mode": "no",
    save: "",
    appendonly: "no",
    dir: folder,
    "cluster-enabled": "yes",
    "cluster-port": String(bus),
    "cluster-config-file": `${name}.conf`,
    "cluster-node-timeout": String(NODE_TIMEOUT_MS),
    "cluster-require-full-coverage": "no",
    "cluster-replica-validity-factor": "0",
    "repl-diskless-sync-delay": "0",
  };
  const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]);
  mkdirSync(folder, { recursive: true });
  const child = place.spawn(REDIS_PROGRAM!, args, { stdio: "ignore" });
  endWithThis(child);
  const url = `redis://${address}:${port}`;
  const command = async (...words: string[]) => {
    const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 60_000 } });
    client.on("error", () => {});
    await client.connect();
    return client.sendCommand(words).finally(() => client.destroy());
  };
  await until("a node answers", () =>
    command("PING").then(
      () => true,
      () => false,
    ),
  );
  return {
    url,
    command,
    info: async (section) => String(await command("INFO", section)),
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
    signal: (how) => child.kill(how),
  };
}

/**
 * As `redis-cli --cluster create` does it: slots, a meeting, replicas; returns when all is well.
 * @param nodes three primaries, then replicas: the first of the first, and so on
 */
export async function makeCluster(nodes: readonly RedisNode[], places: readonly NodePlace[]): Promise<void> {
  const share = Math.ceil(SLOTS / PRIMARIES);
  for (const [n, node] of nodes.entries()) {
    await node.command("CLUSTER", "SET-CONFIG-EPOCH", String(n + 1));
    if (n < PRIMARIES) {
      const last = Math.min(SLOTS, (n + 1) * share) - 1;
      await node.command("CLUSTER", "ADDSLOTSRANGE", String(n * share), String(last));
    }
    if (n > 0) {
      const { address, port, bus } = places[n]!;
      await nodes[0]!.command("CLUSTER", "MEET", address, String(port), String(bus));
    }
  }
  const everywhere = (what: string, holds: (info: string, node: RedisNode) => boolean | Promise<boolean>) =>
    until(what, async () => {
      const checks = nodes.map(async (node) => holds(String(await node.command("CLUSTER", "INFO")), node));
      return (await Promise.all(checks)).every(Boolean);
    });
  await everywhere("all nodes know each other", (info) =>
    info.includes(`cluster_known_nodes:${nodes.length}`),
  );
  for (const [n, node] of nodes.entries()) {
    if (n < PRIMARIES) continue;
    const id = String(await nodes[n % PRIMARIES]!.command("CLUSTER", "MYID"));
    await until("the primary is known", () =>
      node.command("CLUSTER", "REPLICATE", id).then(
        () => true,
        () => false,
      ),
    );
  }
  await everywhere("the cluster is well", async (info, node) => {
    const replication = await node.info("replication");
    const isLinked = !replication.includes("role:slave") || replication.includes("master_link_status:up");
    const nodesKnown = String(await node.command("CLUSTER", "NODES"));
    const slaves = nodesKnown.split("\n").filter((line) => line.includes("slave")).length;
    return info.includes("cluster_state:ok") && isLinked && slaves === nodes.length - PRIMARIES;
  });
}
