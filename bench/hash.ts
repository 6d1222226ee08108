/**
 * npm run bench:hash -- [users=500000] [rounds=5]: the content hash of one view of a snapshot, as an ingest takes it of
 * its staging table, against the limit: psql's COPY of the same rows in the same order into sha256sum. In turns, on one
 * embedded server; both must come to the same digest.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../src/db/embedded/server.js";
import { createPool, withClient } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import { contentSha256, snapshotParts } from "../src/features/snapshot-content.js";
import { createStagingTable, stagingTable } from "../src/ingest/staging.js";
import { cpuMeter } from "./support/cpu.js";
import { hardware, median } from "./support/measure.js";

const users = Number(process.argv[2] ?? 500_000);
const rounds = Number(process.argv[3] ?? 5);
const part = snapshotParts(definitions).find(({ name }) => name === "usage_agg_30d")!;
const RUN = "0123456789abcdef";
const relation = stagingTable(RUN, part.source);
const columns = ["user_id", ...part.columns].join(", ");
const ORDERED = `copy (select ${columns} from ${relation} order by user_id collate "C") to stdout`;

const home = mkdtempSync(join(tmpdir(), "asof-bench-"));
const server = await startEmbedded(home);
const url = server.url.replace(/\/asof$/, "/postgres");
const pool = createPool(url, 2);
try {
  await fill();
  const allCpu = await cpuMeter(url);
  const megabytes = Number(await shell(`psql -qAt -c '${ORDERED}' | wc -c`)) / 1e6;
  const ways = {
    "psql, COPY into sha256sum": async () => (await shell(limitCommand())).split(" ")[0]!,
    "content hash": () => withClient(pool, (client) => contentSha256(client, "user_id", part, relation)),
  };
  const samples: Record<string, { wall: number; cpu: number }[]> = {};
  const digests = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, hash] of Object.entries(ways)) {
      const [startedAt, cpu] = [performance.now(), allCpu() ?? Number.NaN];
      digests.add(await hash());
      const sample = { wall: (performance.now() - startedAt) / 1000, cpu: (allCpu() ?? Number.NaN) - cpu };
      samples[name] = [...(samples[name] ?? []), sample];
    }
  }
  if (digests.size !== 1) throw new Error(`different digests: ${[...digests].join(", ")}`);
  print(megabytes, samples);
} finally {
  await pool.end();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}

/** In no order of keys, as a delivery may come. */
async function fill(): Promise<void> {
  await pool.query("create schema staging");
  await createStagingTable(pool, definitions, RUN, part.source);
  await pool.query(
    `insert into ${relation} (line, ${columns})
     select i, lpad(((i::bigint * 7919) % $1)::text, 8, '0') || '-USER', i / 7.0, i / 3.0, i % 5, i % 11, i % 3
     from generate_series(1, $1::int) i`,
    [users],
  );
  await pool.query(`analyze ${relation}`);
}

/** The hash begins with the columns and their types. */
function limitCommand(): string {
  const types = part.columns.map((column) => `${column}:${part.source.columns[column]!.type}`);
  const header = `${part.name}\\tuser_id\\t${types.join("\\t")}\\n`;
  return `{ printf '${header}'; psql -q -c '${ORDERED}'; } | sha256sum`;
}

function shell(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port, username, password } = new URL(url);
    const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
    const child = spawn("bash", ["-o", "pipefail", "-c", script], {
      env: { ...process.env, ...env, PGDATABASE: "postgres" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(output.trim()) : reject(new Error(`${script} ended with ${code}`)),
    );
  });
}

function print(megabytes: number, samples: Record<string, { wall: number; cpu: number }[]>): void {
  console.log(`# Content hash of ${users} rows, ${megabytes.toFixed(1)} MB, ${rounds} rounds in turns`);
  console.log(`${hardware()}; npm run bench:hash -- ${users} ${rounds}\n`);
  console.log(
    "| | wall s, median (all) | rows/s | MB/s | CPU s, median, server's included |\n|---|---|---|---|---|",
  );
  const medians = Object.entries(samples).map(([name, all]) => {
    const [wall, cpu] = [median(all.map((s) => s.wall)), median(all.map((s) => s.cpu))];
    const walls = all.map((s) => s.wall.toFixed(2)).join(" ");
    const [rate, bytes] = [Math.round(users / wall), (megabytes / wall).toFixed(1)];
    console.log(`| ${name} | ${wall.toFixed(2)} (${walls}) | ${rate} | ${bytes} | ${cpu.toFixed(2)} |`);
    return { wall, cpu };
  });
  const [limit, own] = medians as [{ wall: number; cpu: number }, { wall: number; cpu: number }];
  console.log(`\nratio ${(own.wall / limit.wall).toFixed(2)}, of CPU ${(own.cpu / limit.cpu).toFixed(2)}`);
}
