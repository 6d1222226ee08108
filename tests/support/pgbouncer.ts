import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { until } from "./until.js";

export const hasPgbouncer = spawnSync("pgbouncer", ["--version"]).status === 0;

export interface TestPooler {
  /** Of the same database, through it. */
  url: string;
  pid: number;
  stop(): void;
}

/** @param settings of its configuration, beside where it listens and who may connect */
export async function startPgbouncer(
  databaseUrl: string,
  settings: Record<string, string>,
): Promise<TestPooler> {
  const direct = new URL(databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), "asof-pooler-"));
  const users = join(folder, "users.txt");
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(users, `"${direct.username}" "${direct.password}"\n`);
  const port = await freePort();
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    auth_type: "plain",
    auth_file: users,
    ...settings,
  };
  const lines = Object.entries({ ...all, unix_socket_dir: "" }).map(([name, value]) => `${name} = ${value}`);
  const place = `host=127.0.0.1 port=${direct.port} password=${direct.password}`;
  writeFileSync(file, `[databases]\n* = ${place}\n[pgbouncer]\n${lines.join("\n")}\n`);
  // It does not run as root.
  let owner = {};
  if (process.getuid?.() === 0) {
    const id = (flag: string) => Number(spawnSync("id", [flag, "nobody"]).stdout.toString());
    owner = { uid: id("-u"), gid: id("-g") };
    chmodSync(folder, 0o755);
    for (const path of [users, file]) chownSync(path, id("-u"), id("-g"));
  }
  const pooler = spawn("pgbouncer", [file], { ...owner, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  pooler.stderr.on("data", (text) => (said += text));
  await until("the pooler listens", () => said.includes("process up"));
  direct.port = String(port);
  return {
    url: direct.href,
    pid: pooler.pid!,
    stop: () => {
      pooler.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
