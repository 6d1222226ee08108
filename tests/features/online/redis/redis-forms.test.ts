import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { redis as record } from "../../../../src/features/online/redis/redis.js";
import { RedisLink } from "../../../../src/features/online/redis/redis-link.js";
import { WRITE_SCRIPT } from "../../../../src/features/online/redis/redis-rows.js";
import { redisTarget } from "../../../../src/features/online/redis/redis-url.js";
import { freePort } from "../../../support/free-port.js";
import { hasRedis, REDIS_PROGRAM } from "../../../support/redis.js";
import { until } from "../../../support/until.js";

describe("a URL of Redis", () => {
  it.each([
    ["redis://h", { kind: "server", hosts: [{ host: "h", port: 6379 }], tls: false, database: 0 }],
    ["rediss://u:p%40ss@h:7/3", { kind: "server", username: "u", password: "p@ss", tls: true, database: 3 }],
    ["redis://:only@h", { username: undefined, password: "only" }],
    ["redis://[::1]:7000", { hosts: [{ host: "::1", port: 7000 }] }],
    ["redis://a:1,b,c:3", { kind: "cluster", hosts: [{ port: 1 }, { host: "b", port: 6379 }, { port: 3 }] }],
    [
      "redis+sentinel://s1,s2:7/main/2",
      { kind: "sentinel", service: "main", database: 2, hosts: [{ port: 26379 }, { port: 7 }] },
    ],
  ])("%s", (url, said) => {
    const target = redisTarget(url);
    expect(target).toMatchObject({ ...said, ...("hosts" in said ? { hosts: said.hosts } : {}) });
  });

  it.each([
    ["redis://", /is no URL of Redis/],
    ["redis://h:70000", /host that cannot be read/],
    ["redis://h:0", /host that cannot be read/],
    ["redis://a,,b", /host that cannot be read/],
    ["redis://h/x", /no database number/],
    ["redis://a,b/1", /a Cluster has 0 alone/],
    ["redis+sentinel://a", /names no service/],
    ["redis://u:hunter2%w@h", /%-encode/],
  ])("%s is refused without a secret", (url, message) => {
    expect(() => redisTarget(url)).toThrow(message);
    try {
      redisTarget(url);
    } catch (error) {
      expect((error as Error).message).not.toContain("hunter2");
    }
  });
});

describe.skipIf(!hasRedis)("the forms of Redis (skipped without redis-server)", () => {
  let folder: string;
  const started: ChildProcess[] = [];
  const links: RedisLink[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "asof-redis-"));
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
    for (const child of started.splice(0)) await ended(child);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const ended = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const open = async (url: string) => {
    const link = await RedisLink.open(url);
    links.push(link);
    return link;
  };
  const start = async (port: number, ...options: string[]) => {
    const child = spawn(
      REDIS_PROGRAM!,
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", ...options],
      { stdio: "ignore", cwd: folder },
    );
    started.push(child);
    return child;
  };
  const asked = async (port: number, ...words: string[]): Promise<unknown> => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
    client.on("error", () => {});
    await client.connect();
    return client.sendCommand(words).finally(() => client.destroy());
  };
  const answers = (port: number, ...words: string[]) =>
    until("the server answers", () =>
      asked(port, ...words).then(
        () => true,
        () => false,
      ),
    );
  const stored = async (link: RedisLink) => {
    await link.runScript(WRITE_SCRIPT, [["k", "f", "".padEnd(28, "1")]], 2_000);
    return link.send([["HGET", "k", "f"]], 2_000);
  };

  it("a server with TLS, a user and a password, who may do no more than asof does", async () => {
    const run = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
    run(
      ..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem".split(
        " ",
      ),
    );
    writeFileSync(
      join(folder, "users.acl"),
      "user default off\nuser asof on >secret ~asof:* ~k +hmget +hget +hset +hdel +hgetall +hexists +del +scan +evalsha +script|load +ping +wait +info +hello +auth +select\n",
    );
    const port = await freePort();
    await start(
      0,
      "--tls-port",
      String(port),
      "--tls-cert-file",
      "cert.pem",
      "--tls-key-file",
      "key.pem",
      "--tls-auth-clients",
      "no",
      "--aclfile",
      "users.acl",
    );
    const url = `rediss://asof:secret@127.0.0.1:${port}`;
    // The certificate is the test's own: a process trusts it by NODE_EXTRA_CA_CERTS, read when it starts.
    const script = `
      import { RedisLink } from ${JSON.stringify(new URL("../../../../src/features/online/redis/redis-link.ts", import.meta.url).href)};
      import { redis } from ${JSON.stringify(new URL("../../../../src/features/online/redis/redis.ts", import.meta.url).href)};
      const link = await RedisLink.open(${JSON.stringify(url)});
      console.log(JSON.stringify(await redis.check(${JSON.stringify(url)})));
      link.close();`;
    await until(
      "it answers by TLS",
      async () => {
        try {
          const out = execFileSync(
            process.execPath,
            ["--import", "tsx", "--input-type=module", "-e", script],
            {
              env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") },
              encoding: "utf8",
              stdio: ["ignore", "pipe", "ignore"],
            },
          );
          return out.includes("answers and takes writes");
        } catch {
          return false;
        }
      },
      60_000,
    );
    await expect(record.check(`rediss://asof:secret@127.0.0.1:${port}`)).rejects.toThrow(/not connected/);
  }, 90_000);

  it("a server whose user may not write is told apart by doctor", async () => {
    const port = await freePort();
    await start(port);
    await answers(port, "PING");
    await asked(
      port,
      "ACL",
      "SETUSER",
      "reader",
      "on",
      ">secret",
      "~*",
      "+@read",
      "+info",
      "+ping",
      "+hello",
      "+select",
    );
    await expect(record.check(`redis://reader:secret@127.0.0.1:${port}`)).rejects.toThrow(
      /^127\.0\.0\.1:\d+: NOPERM/,
    );
  });

  it("the primary that Sentinels name, and the one that takes over", async () => {
    const [primary, replica, ...sentinels] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const first = await start(primary!);
    await answers(primary!, "PING");
    await start(replica!, "--replicaof", "127.0.0.1", String(primary), "--repl-diskless-sync-delay", "0");
    await until("the replica follows", async () =>
      String(await asked(primary!, "INFO", "replication")).includes("state=online"),
    );
    for (const port of sentinels) {
      writeFileSync(
        join(folder, `${port}.conf`),
        `port ${port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${primary} 2\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n`,
      );
      started.push(
        spawn(REDIS_PROGRAM!, [join(folder, `${port}.conf`), "--sentinel"], { stdio: "ignore", cwd: folder }),
      );
      await answers(port, "PING");
    }
    await until("the Sentinels know each other and the replica", async () => {
      const text = (await asked(sentinels[0]!, "INFO", "sentinel")) as string;
      return /slaves=1,sentinels=3/.test(String(text));
    });
    const url = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(",")}/main`;
    const link = await open(url);
    expect(await stored(link)).toEqual(["".padEnd(28, "1")]);
    await link.replicated(["k"], 2_000);
    expect(link.primaries().map(({ place }) => place)).toEqual([`127.0.0.1:${primary}`]);
    await ended(first);
    await until(
      "the other takes over",
      async () => link.primaries()[0]?.place === `127.0.0.1:${replica}`,
      60_000,
    );
    await until(
      "it takes writes",
      () =>
        stored(link).then(
          () => true,
          () => false,
        ),
      30_000,
    );
    expect(await record.check(url)).toBe(`1 primary takes writes: 127.0.0.1:${replica}`);
  }, 120_000);
});
