/**
 * npm run bench:feast -- [users=20000] [rounds=7] [calls=100]: what online features and predictions cost over the protocols of
 * others, in turns, for 1 and for 100 users a call, by one caller and by eight:
 *   get-online-features — asof over PostgreSQL and over Redis, and `feast serve` over Redis, of the same rows and registry;
 *   infer by features   — asof's `/v2`, and `mlflow models serve` of the same ONNX file;
 *   infer by key        — asof's `/v2`, and Feast asked for the features, then MLflow for the predictions.
 * Each server is one process that answers. CPU is that of all processes of a side, its PostgreSQL or Redis included, and of
 * none of the caller. Ends with an error where two sides answer differently. Needs redis-server, and once
 * `npm run test:clients -- feast mlflow3`, for their environments of Python.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "../src/definitions/index.js";
import { keyOf } from "../src/definitions/language/entities.js";
import { startRedis } from "../tests/support/redis.js";
import {
  askOnline,
  infer,
  inputsOf,
  invoke,
  isSame,
  keysOf,
  type OnlineAnswer,
  rowsOf,
  type Values,
} from "./feast/protocols.js";
import { startServer } from "./serving/server.js";
import { AS_OF, type HandModel, modelOf, putIntoService } from "./serving/workload.js";
import { cpuSecondsOf, cpuSecondsOfTree, databaseCpuMeter, pidOfRedis } from "./support/cpu.js";
import { userId, writeMonth } from "./support/delivery.js";
import { programOf, startForeign } from "./support/foreign-server.js";
import { command, conditions } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";
import { type Contestant, compareInTurns, TURNS_HEAD } from "./support/turns.js";

const [users = 20_000, rounds = 7, calls = 100] = process.argv.slice(2).map(Number);
const SIZES = [1, 100];
const CALLERS = [1, 8];
/** Different calls, taken in turn. */
const BATCHES = 50;

/** One way to answer, asked for users by their keys, or with their values. */
interface Side<Asked, Answer = number[]> extends Contestant {
  ask(asked: Asked): Promise<Answer>;
}
const [feast, mlflow] = [programOf("feast", "feast"), programOf("mlflow3", "mlflow")];
const stops: (() => Promise<void>)[] = [];
const kept = <T extends { stop(): Promise<void> }>(started: T): T => {
  stops.push(started.stop);
  return started;
};

try {
  const database = kept(await startScratchServer());
  const [ours, theirs] = [await redisServer(), await redisServer()];
  await writeMonth(database.home, AS_OF, users, 1);
  const { env } = database;
  const first = await startServer({ ...env, ASOF_ROLE: "all", REDIS_URL: ours.url });
  await putIntoService(first);
  const model = await modelOf(first);
  await first.stop();
  const databaseCpu = await databaseCpuMeter(database.url);
  const asof = async (name: string, more: Record<string, string>, storeCpu: () => number) => {
    const { pid, client } = kept(await startServer({ ...env, ASOF_ROLE: "api", ...more }));
    return { name, address: client.address, cpu: () => cpuSecondsOfTree(pid) + storeCpu() };
  };
  const plain = await asof("asof", {}, databaseCpu);
  const cached = await asof("asof, Redis", { REDIS_URL: ours.url }, () => databaseCpu() + ours.cpu());
  const served = await startFeast(database.home, plain.address, theirs.url);
  const feastSide = { name: "Feast", address: served.address, cpu: () => served.cpu() + theirs.cpu() };
  const mlflowSide = { name: "MLflow", ...(await startModel(database.home, model)) };

  console.log(`${conditions()}; ${users} users, ${rounds} rounds of ${calls} calls\n\n${TURNS_HEAD}`);
  const online: Side<string[], OnlineAnswer>[] = [
    ...[plain, cached].map((side) => ({ ...side, ask: askOnline.bind(null, `${side.address}/feast`) })),
    { ...feastSide, ask: askOnline.bind(null, feastSide.address) },
  ];
  const byFeatures: Side<Values[]>[] = [
    { ...plain, ask: (rows) => infer(plain.address, inputsOf(rows)) },
    { ...mlflowSide, ask: (rows) => invoke(mlflowSide.address, model, rows) },
  ];
  const byKey: Side<string[]>[] = [
    { ...plain, ask: (ids) => infer(plain.address, [keysOf(ids)]) },
    {
      name: "Feast, then MLflow",
      cpu: () => feastSide.cpu() + mlflowSide.cpu(),
      ask: async (ids) =>
        invoke(mlflowSide.address, model, rowsOf(await askOnline(feastSide.address, ids), ids.length)),
    },
  ];
  for (const size of SIZES) {
    const batches = Array.from({ length: BATCHES }, () =>
      Array.from({ length: size }, () => userId(Math.floor(Math.random() * users))),
    );
    const rows: Values[][] = [];
    for (const ids of batches) rows.push(rowsOf(await online[0]!.ask(ids), size));
    const many = size === 1 ? "1 user" : `${size} users`;
    await compare(`get-online-features, ${many}`, online, batches, (answer) => rowsOf(answer, size));
    await compare(`infer by features, ${many}`, byFeatures, rows, (answer) => answer);
    await compare(`infer by key, ${many}`, byKey, batches, (answer) => answer);
  }
} finally {
  for (const stop of stops.reverse()) await stop();
}

/** After all sides have answered the same. */
async function compare<Asked, Answer>(
  what: string,
  sides: readonly Side<Asked, Answer>[],
  asked: readonly Asked[],
  read: (answer: Answer) => unknown,
): Promise<void> {
  for (const each of asked.slice(0, 5)) {
    const [first, ...others] = await Promise.all(sides.map(async ({ ask }) => read(await ask(each))));
    for (const [place, other] of others.entries())
      if (!isSame(first, other))
        throw new Error(
          `${what}: ${sides[0]!.name} answers ${JSON.stringify(first)}, ${sides[place + 1]!.name} ${JSON.stringify(other)}`,
        );
  }
  for (const callers of CALLERS) {
    const by = callers === 1 ? "" : `, ${callers} callers`;
    const turns = { rounds, calls, callers, warmUp: 2 * calls };
    await compareInTurns(`${what}${by}`, sides, turns, (side, call) =>
      side.ask(asked.at(call % asked.length)!),
    );
  }
}

async function redisServer() {
  const redis = await startRedis();
  stops.push(redis.kill);
  const pid = await pidOfRedis(redis);
  return { url: redis.url, cpu: () => cpuSecondsOf(pid)! };
}

/** With asof's registry, and filled with the rows of the delivery. */
async function startFeast(home: string, asof: string, redis: string) {
  const project = join(home, "feast");
  mkdirSync(project);
  const registry = await fetch(`${asof}/feast/registry.db`);
  writeFileSync(join(project, "registry.db"), Buffer.from(await registry.arrayBuffer()));
  const store = { type: "redis", connection_string: new URL(redis).host };
  // JSON is YAML.
  const config = { project: "asof", provider: "local", registry: "registry.db", online_store: store };
  writeFileSync(join(project, "feature_store.yaml"), JSON.stringify(config));
  const views = definitions.views.map(({ name, source, features }) => [
    name,
    { source: source.name, key: keyOf(definitions, source), features },
  ]);
  // gunicorn keeps a socket in the home.
  const env = { FEAST_USAGE: "False", HOME: project };
  const seed = ["bench/feast/seed.py", project, join(home, AS_OF), AS_OF];
  await command(programOf("feast", "python"), [...seed, JSON.stringify(Object.fromEntries(views))], env);
  return kept(
    await startForeign({
      ...{ name: "Feast", file: feast, env, health: "/health" },
      args: (port) => ["-c", project, "serve", "-h", "127.0.0.1", "-p", port, "--no-access-log", "-w", "1"],
    }),
  );
}

async function startModel(home: string, { model }: HandModel) {
  const [file, folder] = [join(home, "model.onnx"), join(home, "mlflow-model")];
  writeFileSync(file, Buffer.from(model, "base64"));
  await command(programOf("mlflow3", "python"), ["bench/feast/model.py", file, folder]);
  const flags = ["-m", folder, "--env-manager", "local", "-h", "127.0.0.1", "-w", "1"];
  return kept(
    await startForeign({
      ...{ name: "MLflow", file: mlflow, health: "/ping" },
      env: { MLFLOW_DISABLE_TELEMETRY: "true" },
      args: (port) => ["models", "serve", ...flags, "-p", port],
    }),
  );
}
