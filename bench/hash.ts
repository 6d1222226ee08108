/**
 * npm run bench:hash -- [users=500000] [rounds=5]: the content hash of one part of a snapshot, as an ingest takes it of
 * its staging table, beside the hash of the first edition and psql's COPY of the same rows in order into sha256sum, which
 * come to the same digest. In turns, on one embedded server.
 */
import { spawn } from "node:child_process";
import { createPool, withClient } from "../src/db/pool.js";
import { contentHash } from "../src/db/snapshots/content-hash.js";
import { contentSha256V1 } from "../src/db/snapshots/content-hash-v1.js";
import { declaredColumns } from "../src/db/snapshots/snapshot-parts.js";
import { definitions } from "../src/definitions/index.js";
import { createStagingTable, stagingTable } from "../src/ingest/staging.js";
import { cpuMeter } from "./support/cpu.js";
import { hardware, median } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const users = Number(process.argv[2] ?? 500_000);
const rounds = Number(process.argv[3] ?? 5);
const source = definitions.sources.find(({ name }) => name === "usage_agg_30d")!;
const part = { name: source.name, key: "user_id", columns: declaredColumns(source) };
const RUN = "0123456789abcdef";
const relation = stagingTable(RUN, source);
const columns = ["user_id", ...part.columns.map(({ name }) => name)].join(", ");
const ORDERED = `copy (select ${columns} from ${relation} order by user_id collate "C") to stdout`;

const server = await startScratchServer();
const { url } = server;
const pool = createPool(url, 2);
try {
  await fill();
  const allCpu = await cpuMeter(url);
  const megabytes = Number(await shell(`psql -qAt -c '${ORDERED}' | wc -c`)) / 1e6;
  const ways = {
    "psql, COPY into sha256sum": async () => (await shell(limitCommand())).split(" ")[0]!,
    "first edition": () => withClient(pool, (client) => contentSha256V1(client, part, relation)),
    "second edition": async () => (await contentHash(pool, part, relation)).sha256,
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
  // The first two ways are the same hash.
  if (digests.size !== 2) throw new Error(`different digests: ${[...digests].join(", ")}`);
  print(megabytes, samples);
} finally {
  await pool.end();
  await server.stop();
}

/** In no order of keys, as a delivery may come. */
async function fill(): Promise<void> {
  await pool.query("create schema staging");
  await createStagingTable(pool, definitions, RUN, source);
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
  const types = part.columns.map(({ name, type }) => `${name}:${type}`);
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
  type Median = { wall: number; cpu: number };
  const [limit, first, second] = medians as [Median, Median, Median];
  const ratio = (a: Median, b: Median) =>
    `${(a.wall / b.wall).toFixed(2)}, of CPU ${(a.cpu / b.cpu).toFixed(2)}`;
  console.log(`\nsecond edition to psql ${ratio(second, limit)}; to the first ${ratio(second, first)}`);
}
