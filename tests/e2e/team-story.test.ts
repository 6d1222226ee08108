import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProcess, type TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

/** It is skipped without, as examples/team needs it. */
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const run = promisify(execFile);

let home: string;
let server: TestProcess;
let env: Record<string, string>;

beforeAll(async () => {
  if (!hasPython) return;
  home = mkdtempSync(join(tmpdir(), "asof-team-"));
  env = {
    ...{ ASOF_HOME: join(home, "asof"), DATA_DIR: "data", DATABASE_URL: "", ASOF_DEFINITIONS: "" },
    ...{ ASOF_ADMIN_TOKEN: "a".repeat(40), ALERT_ALLOW_HOSTS: "127.0.0.1" },
    ALERT_TEAM_SECRET: `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`,
  };
  server = await startProcess(env, { token: env.ASOF_ADMIN_TOKEN! });
});
afterAll(async () => {
  if (!home) return;
  await server?.stop();
  await until(
    "its PostgreSQL has ended",
    () => !existsSync(join(home, "asof/postgres/data/postmaster.pid")),
    60_000,
  );
  rmSync(home, { recursive: true });
});

// It trains, judges and starts an embedded PostgreSQL: on a busy machine minutes.
test.skipIf(!hasPython)(
  "a model goes from a notebook to Production and back, and all of it is on record",
  async () => {
    const { stdout } = await run(process.execPath, ["examples/team/story.mjs"], {
      env: {
        ...process.env,
        ...env,
        ASOF_URL: server.client.address,
        ASOF_COMMAND: ".test-dist/cli/main.js",
      },
    });
    const told = stdout.split("\n");
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ana +logs a run from Python and registers version 3: READY$/),
        expect.stringMatching(
          /^eli +starts a canary of it: \d+ users are answered by version 1, \d+ by version 3$/,
        ),
        expect.stringMatching(/^eli +ends it: PROMOTED, the gates hold$/),
        expect.stringMatching(/^olga +is told: .*version 3.*PRODUCTION/i),
        expect.stringMatching(/^olga +rolls back, and is told: .*version 1/),
        expect.stringMatching(/^auditor +reads that eli asked for endCanary of .*: DONE$/),
        expect.stringMatching(/^auditor +reads that olga asked for rollback of .*: DONE$/),
        expect.stringMatching(
          /^auditor +verifies the log without asof: verified; the last hash is [0-9a-f]{64}$/,
        ),
      ]),
    );
    // Both arms answered somebody.
    const [, champion, challenger] = /(\d+) users are answered by version 1, (\d+) by/.exec(stdout)!;
    expect(Number(champion)).toBeGreaterThan(50);
    expect(Number(challenger)).toBeGreaterThan(50);
    const { stdout: doctor } = await run(process.execPath, [".test-dist/cli/main.js", "doctor", "--audit"], {
      env: { ...process.env, ...env, PORT: "0" },
    }).catch((error: { stdout: string }) => error);
    expect(doctor).toMatch(/ok +audit/);
  },
  300_000,
);
