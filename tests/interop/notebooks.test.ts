import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, endDemos, startDemo } from "../support/demo.js";
import { askedClients, runOfClient, tokenOf } from "../support/python-clients.js";

/** Those of examples/notebooks, by the environment that each names, with what it prints. Each asserts what it shows, too. */
const NOTEBOOKS = {
  mlflow3: {
    file: "train_with_mlflow.py",
    prints: [/^\d+ READY $/m, /^largest difference \d\.\de[-+]\d+$/m, /served models need an ONNX file/],
  },
  feast: {
    file: "features_with_feast.py",
    prints: [
      /^support_agg_90d \{'support_tickets_90d': 'Int64'/m,
      /^\d+ tickets: 0\.\d{4}, \d+ tickets: 0\.\d{4}$/m,
    ],
  },
  triton: {
    file: "score_with_open_inference.py",
    prints: [/^churn, versions .*1/m, /^ {2}monthly_fee: FP64$/m, /^\[[01](, [01]){3}\]$/m],
  },
};
const asked = Object.entries(NOTEBOOKS).filter(([client]) => askedClients.includes(client));
const MINUTES = 900_000;

describe.skipIf(asked.length === 0)("notebooks, against the demo as it serves (npm run test:clients)", () => {
  const home = mkdtempSync(join(tmpdir(), "asof-notebooks-"));
  let demo: Demo;
  let address: string;

  beforeAll(async () => {
    demo = startDemo({ ASOF_HOME: home, DATA_DIR: "data" });
    address = await demo.address();
  }, 180_000);
  afterAll(async () => {
    demo.child.kill("SIGTERM");
    await demo.exited;
    await endDemos(home, [demo]);
    rmSync(home, { recursive: true, force: true });
  });

  it("run without a token", { timeout: MINUTES }, () => runAll({}));

  it("run with one", { timeout: MINUTES }, async () => {
    const ASOF_TOKEN = await tokenOf(address, "ADMIN");
    await runAll({ ASOF_TOKEN });
  });

  async function runAll(env: Readonly<Record<string, string>>): Promise<void> {
    for (const [client, { file, prints }] of asked) {
      const notebook = resolve("examples/notebooks", file);
      const printed = await runOfClient(client, "python", [notebook], { ASOF_URL: address, ...env });
      for (const pattern of prints) expect(printed).toMatch(pattern);
    }
  }
});
