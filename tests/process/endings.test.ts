import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSampleData } from "../../scripts/sample-data/files.js";
import { until } from "../support/until.js";

/** What is promised of signals that a process can hear, and of those it cannot. */
const HEARD_MS = 10_000;
const KILLED_MS = 60_000;

let folder: string;
const groups: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-endings-"));
  chmodSync(folder, 0o711); // as root, the server runs as another user
  await writeSampleData(join(folder, "data"));
  const first = start("made", "main.js");
  await listening(first);
  process.kill(-first.child.pid!, "SIGTERM");
  expect(await first.exited).toBe(0);
});
afterAll(async () => {
  for (const { pid, exitCode, signalCode } of groups)
    if (exitCode === null && signalCode === null) process.kill(-pid!, "SIGKILL");
  await until("every server has ended", () => servers("").length === 0, KILLED_MS);
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  home: string;
  output(): string;
  exited: Promise<number | string>;
}

/** A process group of its own, as a shell, `timeout` and systemd make one. */
function start(
  name: string,
  program: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Started {
  const home = join(folder, name);
  const child = spawn(process.execPath, [`.test-dist/${program}`, ...args], {
    env: {
      ...process.env,
      LOG_LEVEL: "info",
      HOST: "127.0.0.1",
      PORT: "0",
      ASOF_HOME: home,
      DATABASE_URL: "",
      DATA_DIR: join(folder, "data"),
      SHUTDOWN_DRAIN_MS: "0",
      ...env,
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  groups.push(child);
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (text += chunk));
  const exited = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal!)),
  );
  return { child, home, output: () => text, exited };
}

function copyMade(name: string): void {
  const home = join(folder, name);
  if (!existsSync(home)) execFileSync("cp", ["-a", join(folder, "made"), home]);
}

/** With a database that is made already. */
function startMade(name: string, env: Record<string, string> = {}): Started {
  copyMade(name);
  return start(name, "main.js", [], env);
}

const listening = async ({ output }: Started): Promise<string> =>
  until("asof listens", () => /Server listening at (http:\/\/[\d.:]+)/.exec(output())?.[1], 60_000);

/** Pids of PostgreSQL's processes on a home, of any state but ended. */
function servers(home: string): number[] {
  const data = join(folder, home);
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
      const first = command[0]!.endsWith("postgres") && command.some((part) => part.startsWith(data));
      return first && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8")) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
}

const isLinux = process.platform === "linux";

describe.runIf(isLinux)("the embedded PostgreSQL", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const)(
    "ends with a process whose group gets %s, which comes twice, and the exit code is 0",
    async (signal) => {
      const asof = startMade("signals");
      await listening(asof);
      expect(servers("signals")).toHaveLength(1);
      const since = performance.now();
      // As `timeout` sends it: to its child, and then to the group.
      process.kill(asof.child.pid!, signal);
      process.kill(-asof.child.pid!, signal);
      expect([await asof.exited, servers("signals")]).toEqual([0, []]);
      expect(performance.now() - since).toBeLessThan(HEARD_MS);
      expect(asof.output()).toContain(`"signal":"${signal}"`);
    },
  );

  it("ends by itself where a second signal ends the process at once", async () => {
    const asof = startMade("impatient", { SHUTDOWN_DRAIN_MS: "20000" });
    await listening(asof);
    process.kill(asof.child.pid!, "SIGTERM");
    const since = performance.now();
    const again = setInterval(() => process.kill(asof.child.pid!, "SIGTERM"), 200);
    expect(await asof.exited.finally(() => clearInterval(again))).toBe(1);
    await until("the server has ended", () => servers("impatient").length === 0, HEARD_MS);
    expect(performance.now() - since).toBeLessThan(HEARD_MS);
  });

  // Half a minute passes before a server ends that nobody uses: those who wait for it wait together.
  it.concurrent("ends by itself after whatever uses it is killed: server, demo, the first of several processes, command", async () => {
    const killed: [string, string, RegExp, string[], Record<string, string>][] = [
      ["server", "main.js", /Server listening/, [], {}],
      ["demo", "demo/main.js", /ingest month_000/, [], {}],
      ["several", "main.js", /Server listening/, [], { ASOF_PROCESSES: "2" }],
      ["command", "cli/main.js", /^/, ["backup", join(folder, "cut.backup")], {}],
    ];
    for (const [name] of killed) copyMade(name);
    // A file of holes: without, a command on a fast machine is done before it is seen.
    const large = join(folder, "command/postgres/data/base/1/4000000001");
    writeFileSync(large, "");
    truncateSync(large, 6_000_000_000);
    rmSync(join(folder, "cut.backup"), { force: true });
    const ends = killed.map(async ([name, program, reached, args, env]) => {
      const { child, exited, output } = start(name, program, args, env);
      const runs = () => {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${output()}`);
        return servers(name).length > 0;
      };
      await until(`${name}: its server runs`, runs, 60_000);
      await until(`${name}: it is reached`, () => reached.test(output()), 60_000);
      process.kill(child.pid!, "SIGKILL");
      await exited;
      await until(`${name}: the server has ended`, () => servers(name).length === 0, KILLED_MS);
    });
    await Promise.all(ends);
  }, 240_000);

  it.concurrent("ends by itself after a process is killed while it starts, at whatever point", async () => {
    // Of a first start: initdb, the server's start, the migrations.
    const points = [
      ["initialising", "postgres"],
      ["starting", "postgres/data/postmaster.pid"],
      ["joining", "postgres/watched"],
    ] as const;
    const ends = points.map(async ([at, file]) => {
      const asof = start(at, "main.js");
      await until(`it is ${at}`, () => existsSync(join(asof.home, file)), 60_000);
      process.kill(-asof.child.pid!, "SIGKILL");
      await asof.exited;
      await until("no server is left", () => servers(at).length === 0, KILLED_MS);
    });
    await Promise.all(ends);
  }, 240_000);

  it.concurrent("stays where another process uses it, whichever of them started it", async () => {
    const first = startMade("shared");
    await listening(first);
    const [server] = servers("shared");
    const other = start("shared", "main.js");
    const address = await listening(other);
    process.kill(first.child.pid!, "SIGKILL");
    const since = performance.now();
    // Longer than a server stays that nobody uses.
    const looks = async () => {
      expect((await fetch(`${address}/ready`)).status).toBe(200);
      return performance.now() - since > 40_000;
    };
    await until("time has passed", looks, KILLED_MS, () => 500);
    expect(servers("shared")).toEqual([server]);
    process.kill(other.child.pid!, "SIGTERM");
    expect([await other.exited, servers("shared")]).toEqual([0, []]);
  });

  it.concurrent("is started again where it dies, with a line in the log for it", async () => {
    const asof = startMade("crash");
    const address = await listening(asof);
    const ready = async () => (await fetch(`${address}/ready`)).status;
    for (const times of [1, 2]) {
      process.kill(servers("crash")[0]!, "SIGKILL");
      await until("it is started again", () => count(asof, "the embedded PostgreSQL runs again") === times);
      await until("asof is ready again", async () => (await ready()) === 200);
    }
    expect(count(asof, "the embedded PostgreSQL is gone; it is started again")).toBe(2);
    process.kill(asof.child.pid!, "SIGKILL");
    await until("and ends by itself all the same", () => servers("crash").length === 0, KILLED_MS);
  });

  it("is missed at once where its folder is deleted: not ready, a line in the log, and the end", async () => {
    const asof = startMade("deleted");
    const address = await listening(asof);
    rmSync(asof.home, { recursive: true });
    const answers = new Set<string>();
    const ask = async () => {
      const body = JSON.stringify({ query: "{ snapshots { nodes { asOf } } }" });
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${address}/graphql`, { method: "POST", body, headers });
      for (const { extensions } of (await response.json()).errors ?? []) answers.add(extensions.code);
    };
    await until("it has ended", async () => {
      await ask().catch(() => {});
      return asof.child.exitCode !== null;
    });
    expect(await asof.exited).toBe(1);
    expect(asof.output()).toMatch(/asof ends: the database in \S+ was deleted while asof ran/);
    expect([...answers].filter((code) => code !== "SERVICE_UNAVAILABLE")).toEqual([]);
    expect(servers("deleted")).toEqual([]);
  });
});

const count = ({ output }: Started, text: string): number => output().split(text).length - 1;
