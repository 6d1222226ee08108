import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { redisTarget } from "../../src/features/online/redis/redis-url.js";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

/** What Compose replaces: `${PORT:-4000}`. */
const variable = (expression: string) => `$\{${expression}}`;

interface Service {
  image: string;
  build?: string;
  init?: boolean;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  environment: Record<string, string>;
  env_file?: { path: string; required: boolean }[];
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
  command?: string[];
  healthcheck?: { test: string[] };
}

describe("docker-compose.yml", () => {
  let text: string;
  let services: Record<string, Service>;
  let volumes: Record<string, unknown>;
  const asof = () => ["asof", "api", "worker"].map((name) => services[name]!);
  const NODES = [1, 2, 3, 4, 5, 6].map((n) => `redis-${n}`);
  beforeAll(async () => {
    text = await read("docker-compose.yml");
    ({ services, volumes } = parse(text, { merge: true }));
  });

  it("starts one process and one database unless another profile is asked for", () => {
    const profiles = Object.entries(services).map(([name, service]) => [name, service.profiles ?? []]);
    expect(Object.fromEntries(profiles)).toEqual({
      postgres: [],
      redis: ["redis"],
      asof: [],
      api: ["scale"],
      worker: ["scale"],
      pgbouncer: ["scale"],
      ...Object.fromEntries(NODES.map((name) => [name, ["scale"]])),
      "redis-cluster": ["scale"],
      prometheus: ["monitoring"],
      grafana: ["monitoring"],
    });
  });

  it("gives every service its role, and starts two of each where they are apart", () => {
    expect(asof().map((service) => service.environment.ASOF_ROLE)).toEqual(["all", "api", "worker"]);
    expect(asof().map((service) => service.deploy?.replicas)).toEqual([undefined, 2, 2]);
  });

  it("publishes ports on the loopback address only, each service another, and never the database's", () => {
    const published = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(published).toEqual([
      `127.0.0.1:${variable("PORT:-4000")}:4000`,
      `127.0.0.1:${variable("API_PORTS:-4001-4002")}:4000`,
      `127.0.0.1:${variable("GRAFANA_PORT:-3000")}:3000`,
    ]);
    expect(services.postgres!.ports).toBeUndefined();
  });

  it("starts the service when PostgreSQL answers", () => {
    expect(services.postgres!.healthcheck!.test.slice(0, 2)).toEqual(["CMD", "pg_isready"]);
    for (const service of asof()) {
      expect(service.depends_on).toMatchObject({ postgres: { condition: "service_healthy" } });
    }
  });

  it("keeps PostgreSQL 18's data in a named volume", () => {
    expect(services.postgres!.image).toBe("postgres:18");
    expect(services.postgres!.volumes).toEqual(["postgres:/var/lib/postgresql"]);
    expect(Object.keys(volumes)).toEqual(["postgres", "prometheus"]);
  });

  it("has no password of its own and refuses to start without one", () => {
    const given = variable("POSTGRES_PASSWORD:?set it in .env");
    expect(services.postgres!.environment.POSTGRES_PASSWORD).toBe(given);
    const direct = `postgres://asof:${given}@postgres:5432/asof`;
    expect(services.pgbouncer!.environment.DB_PASSWORD).toBe(given);
    expect(services.asof!.environment.DATABASE_URL).toBe(direct);
    for (const service of asof().slice(1)) {
      expect(service.environment.DATABASE_URL).toBe(`postgres://asof:${given}@pgbouncer:6432/asof`);
      expect(service.environment.DATABASE_DIRECT_URL).toBe(direct);
    }
    for (const service of asof()) expect(service.env_file).toEqual([{ path: ".env", required: false }]);
  });

  it("gives the processes that are apart a pooler in transaction mode and a Cluster of six", () => {
    const { environment } = services.pgbouncer!;
    expect(environment).toMatchObject({ POOL_MODE: "transaction", LISTEN_PORT: "6432", DB_HOST: "postgres" });
    for (const name of NODES) {
      expect(services[name]).toMatchObject({
        image: services.redis!.image,
        healthcheck: services.redis!.healthcheck,
      });
      expect(services[name]!.command!.slice(0, 3)).toEqual(["valkey-server", "--cluster-enabled", "yes"]);
    }
    const { command, depends_on } = services["redis-cluster"]!;
    expect(Object.keys(depends_on!)).toEqual(NODES);
    const [, create] = command!.at(-1)!.split("--cluster create ");
    expect(create!.match(/redis-\d:6379/g)).toEqual(NODES.map((name) => `${name}:6379`));
    expect(create).toContain("--cluster-replicas 1");
    for (const service of asof().slice(1)) {
      expect(service.depends_on).toMatchObject({
        pgbouncer: { condition: "service_started" },
        "redis-cluster": { condition: "service_completed_successfully" },
      });
      const { kind, hosts } = redisTarget(service.environment.REDIS_URL!);
      expect(kind).toBe("cluster");
      for (const { host } of hosts) expect(NODES).toContain(host);
    }
  });

  it("overrides what .env says about the host's address, port and folders", () => {
    for (const service of asof()) {
      expect(service.environment).toMatchObject({
        HOST: "0.0.0.0",
        PORT: "4000",
        DATA_DIR: "/app/data",
        ASOF_HOME: "/var/lib/asof",
      });
    }
  });

  it("builds one image and puts an init process before node", () => {
    for (const service of asof()) {
      expect(service).toMatchObject({ build: ".", image: "asof", init: true });
    }
  });

  it("reads only variables that .env.example explains", async () => {
    const example = await read(".env.example");
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]!));
    for (const variable of used) expect(example).toMatch(new RegExp(`^(# )?${variable}=`, "m"));
  });
});

describe("Dockerfile", () => {
  let stages: string[][];
  const last = () => stages[stages.length - 1]!;
  const instructions = (name: string, stage = last()) => stage.filter((line) => line.startsWith(`${name} `));
  beforeAll(async () => {
    const lines = (await read("Dockerfile"))
      .split("\n")
      .filter((line) => line.trim() && !line.startsWith("#"))
      .join("\n")
      .replaceAll(/\\\n\s*/g, "")
      .split("\n");
    stages = [];
    for (const line of lines) {
      if (line.startsWith("FROM ")) stages.push([]);
      stages[stages.length - 1]!.push(line);
    }
  });

  it("builds with all dependencies and ships without the development ones", () => {
    expect(stages.map((stage) => stage[0])).toEqual([
      "FROM node:20-bookworm-slim AS build",
      "FROM node:20-bookworm-slim AS dependencies",
      "FROM node:20-bookworm-slim",
    ]);
    expect(instructions("RUN", stages[0])).toEqual(["RUN npm ci", "RUN npm run build"]);
    expect(instructions("RUN", stages[1])[0]).toContain("npm ci --omit=dev");
    expect(instructions("COPY")).toContain("COPY --from=build /app/dist ./dist");
    expect(instructions("COPY")).toContain("COPY --from=dependencies /app/node_modules ./node_modules");
  });

  it("installs from the lock file with the repository's npm settings", () => {
    for (const stage of stages.slice(0, 2)) {
      expect(instructions("COPY", stage)[0]).toBe("COPY package.json package-lock.json .npmrc ./");
    }
  });

  it("runs as a user other than root", () => {
    expect(instructions("USER")).toEqual(["USER node"]);
    expect(last().indexOf("USER node")).toBeLessThan(last().findIndex((line) => line.startsWith("CMD ")));
  });

  it("starts node without a shell, so that SIGTERM reaches it, with what npm start gives it", async () => {
    const { scripts } = JSON.parse(await readFile("package.json", "utf8"));
    const command: string = scripts.start.split("exec ")[1];
    expect(instructions("CMD")).toEqual([`CMD ${JSON.stringify(command.split(" ")).replaceAll(",", ", ")}`]);
    expect(instructions("ENTRYPOINT")).toEqual([]);
  });

  it("listens beyond loopback inside the container only, in production mode", () => {
    expect(instructions("ENV").join()).toMatch(/NODE_ENV=production .*HOST=0\.0\.0\.0/);
  });

  it("checks its health with node's own fetch, in JavaScript that compiles", () => {
    const command = JSON.parse(instructions("HEALTHCHECK")[0]!.replace(/^.*? CMD /, "")) as string[];
    expect(command.slice(0, 2)).toEqual(["node", "-e"]);
    expect(command[2]).toContain("/health");
    expect(() => new Function(command[2]!)).not.toThrow();
  });

  it("copies nothing that .dockerignore keeps out, and .dockerignore keeps out .env", async () => {
    const ignore = (await read(".dockerignore")).split("\n").filter((line) => line && !line.startsWith("#"));
    const allowed = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    expect(ignore[0]).toBe("*");
    expect(allowed).not.toContain(".env");
    const copied = stages
      .flatMap((stage) => instructions("COPY", stage))
      .filter((line) => !line.includes("--from="))
      .flatMap((line) => line.split(" ").slice(1, -1))
      .map((path) => path.split("/")[0]);
    expect(allowed).toEqual(expect.arrayContaining(copied));
  });
});
