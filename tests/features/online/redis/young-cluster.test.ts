import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisLink } from "../../../../src/features/online/redis/redis-link.js";
import { SLOTS } from "../../../../src/features/online/redis/redis-slots.js";
import { freePort } from "../../../support/free-port.js";
import { hasRedis } from "../../../support/redis.js";
import { type NodePlace, type RedisNode, startNode } from "../../../support/redis-cluster.js";
import { until } from "../../../support/until.js";

const PRIMARIES = 3;

describe.skipIf(!hasRedis)("a Cluster whose nodes have not met (skipped without redis-server)", () => {
  const folder = mkdtempSync(join(tmpdir(), "asof-redis-"));
  const places: NodePlace[] = [];
  let nodes: RedisNode[] = [];
  let link: RedisLink;
  beforeAll(async () => {
    for (let n = 0; n < PRIMARIES; n++)
      places.push({ address: "127.0.0.1", port: await freePort(), bus: await freePort(), spawn });
    nodes = await Promise.all(places.map((place) => startNode(folder, `${place.port}`, place)));
    const share = Math.ceil(SLOTS / PRIMARIES);
    for (const [n, node] of nodes.entries()) {
      await node.command("CLUSTER", "SET-CONFIG-EPOCH", String(n + 1));
      const last = Math.min(SLOTS, (n + 1) * share) - 1;
      await node.command("CLUSTER", "ADDSLOTSRANGE", String(n * share), String(last));
    }
    link = await RedisLink.open(`redis://${places.map(({ port }) => `127.0.0.1:${port}`).join(",")}`);
  });
  afterAll(async () => {
    link?.close();
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  const answered = async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `key-${n}`);
    const answers = await link.settle(
      keys.map((key) => ["EXISTS", key]),
      2_000,
    );
    return answers.filter((answer) => answer === 0).length;
  };

  it("keeps what the node that was asked knows", async () => {
    expect(link.primaries()).toHaveLength(1);
    expect(await until("one node answers for its keys", answered)).toBeLessThan(30);
  });

  it("finds the others as soon as they know each other", async () => {
    const { address, port, bus } = places[0]!;
    for (const node of nodes.slice(1))
      await node.command("CLUSTER", "MEET", address, String(port), String(bus));
    await until("every key is answered for", async () => (await answered()) === 30);
    expect(link.primaries()).toHaveLength(PRIMARIES);
  });
});
