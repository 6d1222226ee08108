import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { promote, trained } from "../support/months.js";
import { askedClients, runOfClient, tokenOf } from "../support/python-clients.js";

/** Scripts that assert that an unmodified client works; they take a server's address. */
const CHECKS = resolve("../shared/interop");
const INPUT = resolve("../shared/streamflow");
const isThere = existsSync(CHECKS) && existsSync(INPUT);

const MINUTES = 900_000;

/** What a script asserts of a client. */
interface Checked {
  readonly script: string;
  /** In the server's address. */
  readonly under: string;
  /** Of its sections those that pass, and those that this client has nothing for. */
  readonly sections: number;
  readonly skipped?: number;
  /** One more, which asks who is let in, is there where a token is. */
  readonly asksForTokens?: boolean;
  /** What the script asks of its token. */
  readonly role?: "OPERATOR" | "ADMIN";
  readonly more?: readonly string[];
}

const BY_KEY = ["churn", "--value", "net_service=DSL", "--entity-input", "user_id", "--entity", "8627-ZYGSZ"];
const MLFLOW = {
  ...{ script: "check_mlflow.py", under: "mlflow", more: ["--level", "full"] },
  // Registered models are deleted by admins.
  ...{ asksForTokens: true, role: "ADMIN" as const },
};
const CHECKED: Readonly<Record<string, Checked>> = {
  feast: { script: "check_feast.py", under: "feast", sections: 5 },
  // It has no logged models.
  mlflow2: { ...MLFLOW, sections: 16, skipped: 1 },
  mlflow3: { ...MLFLOW, sections: 17 },
  triton: { script: "check_kserve.py", under: "", sections: 10, more: BY_KEY },
};

/** Those that have a script; real-readers.test.ts has the others. */
const clients = askedClients.filter((name) => Object.hasOwn(CHECKED, name));

describe.skipIf(!isThere || clients.length === 0)("real clients (npm run test:clients)", () => {
  let app: TestApp;
  let admin: string | undefined;

  beforeAll(async () => {
    app = await startTestApp({ dataDir: INPUT });
    const { error } = await app.client.ingest("month_000", "2024-01-31");
    expect(error).toBeNull();
    if (!clients.includes("triton")) return;
    await trained(app, { asOf: "2024-01-31", algorithm: "LOGISTIC_REGRESSION" });
    await promote(app, 1, { force: true, reason: "a test" });
  }, 300_000);
  afterAll(() => app.stop());

  it("work without a token", { timeout: MINUTES }, async () => {
    for (const client of clients) await passes(client);
  });

  it("work with one, by the bearer scheme", { timeout: MINUTES }, async () => {
    for (const client of clients) {
      const token = await tokenFor(client);
      await passes(client, { args: ["--token", token], asked: CHECKED[client]!.asksForTokens });
    }
  });

  it("of MLflow work with one as the password of the basic scheme", { timeout: MINUTES }, async () => {
    for (const client of clients.filter((name) => name.startsWith("mlflow"))) {
      const password = await tokenFor(client);
      const env = { MLFLOW_TRACKING_USERNAME: "ada", MLFLOW_TRACKING_PASSWORD: password };
      await passes(client, { env });
    }
  });

  async function tokenFor(client: string): Promise<string> {
    const { role = "OPERATOR" } = CHECKED[client]!;
    admin ??= await tokenOf(app.asof.address, "ADMIN");
    return role === "ADMIN" ? admin : tokenOf(app.asof.address, role, admin);
  }

  interface Caller {
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    /** Whether the section that asks who is let in runs. */
    asked?: boolean | undefined;
  }
  async function passes(client: string, { args = [], env = {}, asked = false }: Caller = {}): Promise<void> {
    const { script, under, sections, skipped = 0, asksForTokens = false, more = [] } = CHECKED[client]!;
    const command = [resolve(CHECKS, script), `${app.asof.address}/${under}`, ...more, ...args];
    const said = await runOfClient(client, "python", command, env);
    const notAsked = asksForTokens && !asked ? 1 : 0;
    expect(said).toContain(`${sections + (asked ? 1 : 0)} passed, 0 failed, ${skipped + notAsked} skipped`);
  }
});
