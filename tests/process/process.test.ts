import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

let home: string;
const running: TestProcess[] = [];

async function start(): Promise<TestProcess> {
  const started = await startProcess({ ASOF_HOME: home, DATA_DIR: join(home, "data"), DATABASE_URL: "" });
  running.push(started);
  return started;
}

const postmasterFile = () => join(home, "postgres", "data", "postmaster.pid");
const postmaster = (): string | null => {
  try {
    return readFileSync(postmasterFile(), "utf8").split("\n")[0]!;
  } catch {
    return null;
  }
};
const asOfs = async ({ client }: TestProcess): Promise<string[]> =>
  (await client.query("{ snapshots { nodes { asOf } } }")).snapshots.nodes.map(
    ({ asOf }: { asOf: string }) => asOf,
  );

/** A start that comes to nothing: its exit code and all it wrote. */
function failedStart(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  return ended(spawnAsof(env));
}

function spawnAsof(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [".test-dist/main.js"], {
    env: { ...process.env, LOG_LEVEL: "info", HOST: "127.0.0.1", PORT: "0", ASOF_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function ended(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "asof-process-"));
  chmodSync(home, 0o711); // as root, the server runs as another user
  writeDelivery(join(home, "data"), "small", smallDelivery(userIds(6)));
});
afterEach(async () => {
  for (const process of running.splice(0)) await process.stop();
  expect(postmaster()).toBeNull();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("a process on its embedded database", () => {
  it("adopts the server that outlived a killed one, and what was published in it", async () => {
    const killed = await start();
    expect((await killed.client.ingest("small", "2024-01-31")).error).toBeNull();
    await killed.kill();
    running.splice(0);
    const server = postmaster();
    expect(server).not.toBeNull();

    const next = await start();
    expect(postmaster()).toBe(server);
    expect(await asOfs(next)).toEqual(["2024-01-31"]);
    expect(await next.stop()).toBe(0);
    running.splice(0);
    await until("the server is gone with the last process", () => postmaster() === null);
  });

  it("shares it with another of the same home, and leaves it to the one that stays", async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(await asOfs(one)).toEqual(await asOfs(other));
    expect(await one.stop()).toBe(0);
    running.splice(running.indexOf(one), 1);
    expect(await asOfs(other)).toEqual(["2024-01-31"]);
  });
});

describe("a process that is told to stop while it starts", () => {
  it("does so as soon as it has started, leaves no server behind, and has written JSON lines only", async () => {
    const fresh = join(home, "fresh");
    const child = spawnAsof({ ASOF_HOME: fresh, DATABASE_URL: "" });
    const end = ended(child);
    const file = join(fresh, "postgres", "data", "postmaster.pid");
    await until("its server runs", () => existsSync(file));
    child.kill("SIGINT");
    const { code, output } = await end;
    expect([code, existsSync(file)]).toEqual([0, false]);
    const messages = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).msg);
    expect(messages).toContain("stopping");
  });
});

describe("a process that cannot start", () => {
  let taken: Server;
  let port: number;
  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    port = (taken.address() as { port: number }).port;
  });
  afterAll(() => taken.close());

  it.each([1, 2])(
    "says which port is taken, ends with 1 and stops its database: %i on the port",
    async (processes) => {
      const env = { PORT: String(port), DATABASE_URL: "", ASOF_PROCESSES: String(processes) };
      const { code, output } = await failedStart(env);
      expect(output).toContain(`port ${port} is taken; set PORT to another one`);
      expect([code, postmaster()]).toEqual([1, null]);
    },
  );

  it("says that the database cannot be reached, without its password", async () => {
    const { code, output } = await failedStart({ DATABASE_URL: "postgres://me:hunter2@127.0.0.1:1/shop" });
    expect(output.trim()).toBe(
      "asof did not start: PostgreSQL at 127.0.0.1:1/shop cannot be reached: connect ECONNREFUSED 127.0.0.1:1; check DATABASE_URL",
    );
    expect(code).toBe(1);
  });

  it("says that its home cannot be made", async () => {
    const file = join(home, "data", "small", "users.csv");
    const { code, output } = await failedStart({ ASOF_HOME: file, DATABASE_URL: "" });
    expect(output.trim()).toMatch(/^asof did not start: ASOF_HOME=\S+users\.csv cannot be used: EEXIST/);
    expect(code).toBe(1);
  });

  it("names what is wrong with its environment", async () => {
    const { code, output } = await failedStart({ ASOF_ROLE: "boss", DATABASE_URL: "" });
    expect(output).toContain('ASOF_ROLE="boss"');
    expect(code).toBe(1);
  });
});
