import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig, VARIABLES } from "../../src/process/config.js";
import { unknownVariables } from "../../src/process/unknown-variables.js";
import { defaultGraphQLLimits } from "../../src/services/graphql-limits.js";
import { defaultSocketLimits, KEEP_ALIVE_MS } from "../../src/services/socket-limits.js";
import { DEFAULT_LIMITS } from "../../src/serving/isolated/limits.js";

const refusal = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("the environment was accepted");
};

describe("the environment", () => {
  it("needs nothing: an embedded database in .asof, on port 4000 of this machine only", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 4000,
      basePath: "",
      databaseUrl: null,
      pooledUrl: null,
      connections: null,
      readUrl: null,
      readMaxLagMs: 5_000,
      migrations: null,
      onlineStoreUrl: null,
      offlineEngine: null,
      artifactsUrl: null,
      lakeUrl: null,
      offlineMemory: "1GB",
      oidc: null,
      sparkSubmit: "spark-submit",
      sparkMaster: "local[*]",
      home: resolve(".asof"),
      dataDir: resolve("data"),
      deployment: null,
      role: "all",
      interop: ["feast", "inference", "mlflow"],
      logLevel: "info",
      logFormat: null,
      lineage: null,
      alertAllowHosts: [],
      alertConsoleUrl: null,
      smtp: null,
      takeOverAfterMs: 1_500,
      predictionLog: {
        ...{ sample: 1, perSecond: 500, keepDays: 30 },
        ...{ allPerSecond: null, maxBytes: null, files: null },
      },
      externalModels: DEFAULT_LIMITS,
      trainingDir: tmpdir(),
      archiveKey: null,
      importKeys: [],
      adminToken: null,
      jwt: null,
      metricsPublic: false,
      processes: 1,
      rateLimitPerSecond: 0,
      trustProxy: [],
      metricsCacheMs: 10_000,
      maxFileBytes: 5 * 2 ** 30,
      graphqlLimits: defaultGraphQLLimits,
      socketLimits: defaultSocketLimits,
      keepAliveMs: KEEP_ALIVE_MS,
      cors: { origins: [], credentials: false },
      requestTimeoutMs: 30_000,
      shutdown: { drainMs: 3_000, timeoutMs: 25_000 },
    });
  });

  it.each([
    [{ PORT: "0" }, { port: 0 }],
    [{ PORT: "65535" }, { port: 65_535 }],
    [{ PORT: "" }, { port: 4000 }],
    [{ PORT: "  " }, { port: 4000 }],
    [{ DATABASE_URL: "" }, { databaseUrl: null }],
    [{ DATABASE_URL: "postgresql://u:p@h:1/d" }, { databaseUrl: "postgresql://u:p@h:1/d" }],
    [{ DATABASE_URL: "postgres:///d?host=/sockets" }, { databaseUrl: "postgres:///d?host=/sockets" }],
    [{ DATABASE_URL: "postgres://h:6432/d" }, { databaseUrl: "postgres://h:6432/d", pooledUrl: null }],
    [
      { DATABASE_URL: "postgres://h:6432/d", DATABASE_DIRECT_URL: "postgres://h:5432/d" },
      { databaseUrl: "postgres://h:5432/d", pooledUrl: "postgres://h:6432/d" },
    ],
    [{ DATABASE_DIRECT_URL: "postgres://h/d" }, { databaseUrl: "postgres://h/d", pooledUrl: null }],
    [{ REDIS_URL: "" }, { onlineStoreUrl: null }],
    [{ LAKE_URL: "" }, { lakeUrl: null }],
    [{ ARTIFACTS_URL: "" }, { artifactsUrl: null }],
    [{ ARTIFACTS_URL: "s3://bucket/kept" }, { artifactsUrl: "s3://bucket/kept" }],
    [{ ARTIFACTS_URL: "/srv/kept" }, { artifactsUrl: "file:///srv/kept" }],
    [
      { LAKE_URL: "s3://bucket/lake", OFFLINE_ENGINE: "duckdb", OFFLINE_MEMORY: "512MB" },
      { lakeUrl: "s3://bucket/lake", offlineEngine: "duckdb", offlineMemory: "512MB" },
    ],
    [{ REDIS_URL: "rediss://u:p@h:1/2" }, { onlineStoreUrl: "rediss://u:p@h:1/2" }],
    [{ REDIS_URL: "redis://a:1,b:2" }, { onlineStoreUrl: "redis://a:1,b:2" }],
    [{ REDIS_URL: "redis+sentinel://a,b/main" }, { onlineStoreUrl: "redis+sentinel://a,b/main" }],
    [
      { CORS_ORIGINS: " https://a.example, http://b.example:8080," },
      { cors: { origins: ["https://a.example", "http://b.example:8080"], credentials: false } },
    ],
    [
      { ALERT_ALLOW_HOSTS: "hooks.internal, 10.0.0.0/8,::1", ALERT_CONSOLE_URL: "https://a.example/asof" },
      {
        alertAllowHosts: ["hooks.internal", "10.0.0.0/8", "::1"],
        alertConsoleUrl: "https://a.example/asof",
      },
    ],
    [
      { SMTP_URL: "smtps://mail.example" },
      { smtp: { url: "smtps://mail.example", from: "asof@mail.example" } },
    ],
    [
      { SMTP_URL: "smtp://u:p@mail.example:587", ALERT_FROM: "asof <asof@mail.example>" },
      { smtp: { url: "smtp://u:p@mail.example:587", from: "asof <asof@mail.example>" } },
    ],
    [{ BASE_PATH: "/asof" }, { basePath: "/asof" }],
    [
      { TRUST_PROXY: "loopback, 10.1.0.0/16,::1,fd00::/8" },
      { trustProxy: ["loopback", "10.1.0.0/16", "::1", "fd00::/8"] },
    ],
    [{ BASE_PATH: "/tools/asof-1.x" }, { basePath: "/tools/asof-1.x" }],
    [{ ASOF_ROLE: "worker" }, { role: "worker" }],
    [{ ASOF_HOME: join("a", "b") }, { home: resolve("a", "b") }],
  ])("%j is taken as %j", (env, expected) => {
    expect(readConfig(env)).toMatchObject(expected);
  });

  it.each([
    [{ PORT: "abc" }, ['PORT="abc": must be a number from 0 to 65535']],
    [
      { ALERT_ALLOW_HOSTS: "10.0.0.0/99" },
      ['ALERT_ALLOW_HOSTS="10.0.0.0/99": must be hosts, addresses or ranges'],
    ],
    [{ ALERT_ALLOW_HOSTS: "http://a" }, ['ALERT_ALLOW_HOSTS="http://a": must be hosts']],
    [
      { SMTP_URL: "http://mail.example", ALERT_FROM: "a@b.example" },
      ["SMTP_URL=…: must be a URL such as smtp://"],
    ],
    [{ SMTP_URL: "smtp://m", ALERT_FROM: "a@b.example\nBcc: c@d.example" }, ["must be an address such as"]],
    [{ ALERT_CONSOLE_URL: "a.example" }, ['ALERT_CONSOLE_URL="a.example": must be a URL']],
    [{ PORT: "65536" }, ['PORT="65536": must be a number from 0 to 65535']],
    [{ PORT: "-1" }, ['PORT="-1"']],
    [{ PORT: "1e3" }, ['PORT="1e3"']],
    [{ PORT: "0x10" }, ['PORT="0x10"']],
    [{ PORT: "80.5" }, ['PORT="80.5"']],
    [{ BASE_PATH: "/" }, ['BASE_PATH="/": must begin with / and not end with it, such as /asof']],
    [{ BASE_PATH: "asof" }, ['BASE_PATH="asof"']],
    [{ BASE_PATH: "/asof/" }, ['BASE_PATH="/asof/"']],
    [{ BASE_PATH: "/a//b" }, ['BASE_PATH="/a//b"']],
    [{ BASE_PATH: "/asof;Domain=evil.example" }, ["BASE_PATH", "letters, digits"]],
    [{ TRUST_PROXY: "true" }, ['TRUST_PROXY="true": must be addresses or ranges of proxies']],
    [{ TRUST_PROXY: "0.0.0.0/0" }, ['TRUST_PROXY="0.0.0.0/0"']],
    [{ TRUST_PROXY: "10.0.0.1/33" }, ['TRUST_PROXY="10.0.0.1/33"']],
    [{ TRUST_PROXY: "proxy.internal" }, ['TRUST_PROXY="proxy.internal"']],
    [{ ASOF_ROLE: "boss" }, ['ASOF_ROLE="boss"', "worker"]],
    [{ LOG_LEVEL: "loud" }, ['LOG_LEVEL="loud"']],
    [{ DATABASE_URL: "mysql://h/d" }, ["DATABASE_URL", "must start with postgres://"]],
    [{ DATABASE_URL: "postgres://u:p@[/d" }, ["DATABASE_URL", "%-encode special characters"]],
    [{ DATABASE_URL: "postgres://u:p%w@h/d" }, ["DATABASE_URL=…: cannot be read", "% itself is %25"]],
    [{ DATABASE_URL: "postgres://u:p@h/d%" }, ["DATABASE_URL=…: cannot be read"]],
    [{ DATABASE_URL: "postgres://u@h/d?sslrootcert=/no/such" }, ["DATABASE_URL=…: cannot be read (ENOENT"]],
    [{ DATABASE_CONNECTIONS: "3" }, ['DATABASE_CONNECTIONS="3": must be a whole number from 4 to 1000']],
    [{ REDIS_URL: "redis://u:p%w@h" }, ["REDIS_URL=…: cannot be read"]],
    [
      { REDIS_URL: "redis://:hunter2@a,b/3" },
      ["REDIS_URL=…: has several hosts, a Cluster's, and the database 3"],
    ],
    [{ REDIS_URL: "redis+sentinel://:hunter2@a" }, ["REDIS_URL=…: names no service"]],
    [{ LOG_FORMAT: "xml" }, ['LOG_FORMAT="xml"']],
    [{ REDIS_URL: "http://u:hunter2@h" }, ["REDIS_URL=…: must start with redis://"]],
    [{ ASOF_ADMIN_TOKEN: "hunter2" }, ["ASOF_ADMIN_TOKEN=…: must be 32 to 256 printable characters"]],
    [
      { AUTH_JWKS_URL: "http://localhost@h/jwks" },
      ["AUTH_JWKS_URL", "must be an https URL, or http on this machine"],
    ],
    [
      { OIDC_ISSUER: "https://login.example", OIDC_CLIENT_ID: "asof" },
      ["OIDC_ISSUER needs OIDC_CLIENT_ID, and PUBLIC_URL"],
    ],
    [
      { OIDC_ISSUER: "http://login.example" },
      ["OIDC_ISSUER", "must be an https URL, or http on this machine"],
    ],
    [{ OIDC_CLIENT_SECRET: "hunter2" }, ["OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are of a provider"]],
    [
      { OIDC_ROLES: "owner=ml" },
      ["OIDC_ROLES", "pairs such as admin=ml-leads,operator@churn=churn-team,viewer=*", '"owner=ml"'],
    ],
    [{ OIDC_ROLES: "owner@churn=ml" }, ["OIDC_ROLES", '"owner@churn=ml"']],
    [{ OIDC_SCOPES: "email" }, ["OIDC_SCOPES must hold openid"]],
    [{ AUTH_ISSUER: "i" }, ["AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE go together"]],
    [{ REQUEST_TIMEOUT_MS: "soon" }, ["REQUEST_TIMEOUT_MS", "must be a whole number from 0 to 3600000"]],
    [
      { SHUTDOWN_DRAIN_MS: "5000", SHUTDOWN_TIMEOUT_MS: "5000" },
      ["SHUTDOWN_DRAIN_MS=5000 must be less than SHUTDOWN_TIMEOUT_MS=5000"],
    ],
    [
      { CORS_ORIGINS: "https://a.example/" },
      ["CORS_ORIGINS=", "must be origins such as https://app.example"],
    ],
    [
      { CORS_ORIGINS: "https://*.example" },
      ['CORS_ORIGINS="https://*.example": must be origins such as', "each in full (no *.example)"],
    ],
    [{ CORS_ORIGINS: "a.example, *" }, ["CORS_ORIGINS=", "or * alone"]],
    [{ CORS_ORIGINS: "*", CORS_CREDENTIALS: "true" }, ["CORS_ORIGINS=* and CORS_CREDENTIALS=true exclude"]],
    [{ METRICS_PUBLIC: "yes" }, ['METRICS_PUBLIC="yes": must be true or false']],
    [
      { ARTIFACTS_URL: "gs://bucket" },
      ['ARTIFACTS_URL="gs://bucket": must be a folder, as file:///srv/asof, or s3://bucket/prefix'],
    ],
    [
      { ARTIFACTS_URL: "/srv/in/kept", DATA_DIR: "/srv/in" },
      ["ARTIFACTS_URL: /srv/in/kept is in /srv/in, which holds other things; take a folder of its own"],
    ],
    [{ ARTIFACTS_URL: "/srv/home/postgres", ASOF_HOME: "/srv/home" }, ["is in /srv/home/postgres"]],
    [{ PORT: "abc", ASOF_ROLE: "boss", DATABASE_URL: "x" }, ["PORT=", "ASOF_ROLE=", "DATABASE_URL="]],
  ])("%j is refused, and the message names every variable", (env, parts) => {
    const message = refusal(env);
    for (const part of [...parts, "see .env.example"]) expect(message).toContain(part);
  });

  it("does not repeat the password of a DATABASE_URL that is refused", () => {
    expect(refusal({ DATABASE_URL: "mysql://me:hunter2@h/d" })).not.toContain("hunter2");
  });
});

describe(".env.example", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../.env.example"), "utf8");
  const shown = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
    ([, name, value]) => [name!, value!] as const,
  );
  const names = shown.map(([name]) => name);

  it("shows every variable that is read, once, and none that nothing reads", () => {
    expect(VARIABLES.filter((name) => !names.includes(name))).toEqual([]);
    expect(names).toEqual([...new Set(names)]);
    // The name is an example: definitions give it.
    const known = [...VARIABLES, "WAREHOUSE_URL"];
    expect(unknownVariables(Object.fromEntries(shown), known, names)).toEqual([]);
  });

  it("shows values that are accepted, of numbers and choices the defaults", () => {
    for (const [name, value] of shown) {
      const read = readConfig({ [name]: value });
      if (/^(\d+(\.\d+)?|true|false|\w+)$/.test(value)) expect([name, read]).toEqual([name, readConfig({})]);
    }
  });
});

describe("the keys of versions that move", () => {
  const key = (kind: "pkcs8" | "spki") => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const made =
      kind === "pkcs8"
        ? privateKey.export({ type: kind, format: "der" })
        : publicKey.export({ type: kind, format: "der" });
    return made.toString("base64");
  };

  it("are Ed25519 in base64, and several public ones have commas between them", () => {
    const [own, one, other] = [key("pkcs8"), key("spki"), key("spki")];
    expect(readConfig({ ASOF_EXPORT_KEY: own, ASOF_IMPORT_KEYS: `${one}, ${other}` })).toMatchObject({
      archiveKey: own,
      importKeys: [one, other],
    });
  });

  it("are refused otherwise, and the private one is not repeated", () => {
    const message = refusal({ ASOF_EXPORT_KEY: "secret", ASOF_IMPORT_KEYS: "nothing" });
    expect(message).toContain("ASOF_EXPORT_KEY=…: must be an Ed25519 key in base64");
    expect(message).toContain('ASOF_IMPORT_KEYS="nothing": ');
    expect(message).not.toContain("secret");
  });
});
