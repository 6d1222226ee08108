import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { operate } from "../support/ask.js";
import { asofHere } from "../support/cli.js";

const ADMIN = "the-admins-token-of-this-test";
const hasPython = spawnSync("python3", ["--version"]).status === 0;
let app: TestApp;
let folder: string;
let viewer = "";

const log = async (
  args: string,
  of = "id actor action subject outcome code args details erased",
  as = ADMIN,
) => {
  const { body, code } = await operate(
    app,
    `{ auditLog${args} { nodes { ${of} } pageInfo { endCursor hasNextPage } } }`,
    as,
  );
  return { code, ...body.data?.auditLog };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-audit-"));
  app = await startTestApp({ role: "api", config: { adminToken: ADMIN } });
  const { body } = await operate(app, 'mutation { createToken(name: "ci", role: VIEWER) { secret } }', ADMIN);
  viewer = body.data.createToken.secret;
  for (const name of ["first", "second", "third"])
    await operate(app, `mutation { createRun(input: { name: "${name}" }) { id } }`, ADMIN);
  await operate(app, 'mutation { createRun(input: { name: "100%_sure" }) { id } }', viewer);
  await operate(
    app,
    'mutation { promote(input: { version: 9, force: true, reason: "late" }) { version } }',
    ADMIN,
  );
});
afterAll(async () => {
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("auditLog", () => {
  it("has one node an act, the newest first, with what was asked for and what came of it", async () => {
    const { nodes } = await log("");
    expect(nodes.map(({ action, outcome }: any) => [action, outcome])).toEqual([
      ["promote", "REFUSED"],
      ["createRun", "REFUSED"],
      ...Array.from({ length: 3 }, () => ["createRun", "DONE"]),
      ["createToken", "DONE"],
    ]);
    expect(nodes[0]).toMatchObject({
      ...{ actor: "admin", subject: "model churn version 9", code: "MODEL_NOT_FOUND", erased: false },
      args: { input: { version: 9, force: true, reason: "late" } },
      details: { message: expect.stringContaining("churn") },
    });
  });

  it.each([
    ['(actor: "ci")', ["createRun"]],
    ['(action: "createToken")', ["createToken"]],
    ["(outcome: REFUSED)", ["promote", "createRun"]],
    ['(search: "\\"FORCE\\":TRUE")', ["promote"]],
    ['(search: "100%_")', ["createRun"]],
    ['(search: "second")', ["createRun"]],
    ['(search: "nothing like it")', []],
    ['(to: "2020-01-01T00:00:00Z")', []],
    ['(from: "2020-01-01T00:00:00Z", action: "promote")', ["promote"]],
    ["(outcome: ASKED)", []],
  ])("is filtered %s", async (args, actions) => {
    const { nodes } = await log(args);
    expect(nodes.map(({ action }: any) => action)).toEqual(actions);
  });

  it("has what was asked for and has no answer", async () => {
    await app.sql(
      `select * from asof_append_audit('[{"actor": "ann", "action": "train", "outcome": "ASKED", "details": "{}", "salt": "00", "details_hash": "00"}]')`,
    );
    const { nodes } = await log("(outcome: ASKED)");
    expect(nodes).toMatchObject([
      { actor: "ann", action: "train", outcome: "ASKED", args: null, details: null },
    ]);
  });

  it("is paged, and adds up to the whole", async () => {
    const ids: string[] = [];
    let after = "null";
    for (;;) {
      const { nodes, pageInfo } = await log(`(first: 2, after: ${after})`, "id");
      ids.push(...nodes.map(({ id }: any) => id));
      if (!pageInfo.hasNextPage) break;
      after = JSON.stringify(pageInfo.endCursor);
    }
    const all = await log("(first: 1000)", "id");
    expect(ids).toEqual(all.nodes.map(({ id }: any) => id));
    expect(ids).toHaveLength(7);
  });

  it("is for admins", async () => {
    expect((await log("", "id", viewer)).code).toBe("FORBIDDEN");
  });

  it("is not longer for having been looked at", async () => {
    const count = async () => (await app.sql("select count(*)::int as n from audit_log"))[0]!.n;
    const before = await count();
    await log("");
    expect(await count()).toBe(before);
  });

  it("is a table on the command line", async () => {
    const { code, out } = await asofHere(["audit", "--outcome", "refused", "--limit", "1"], {
      ...{ ASOF_URL: app.asof.address, ASOF_TOKEN: ADMIN },
    });
    expect([code, out.split("\n").length > 2]).toEqual([0, true]);
    expect(out).toMatch(
      /^AT +ACTOR +ACTION +SUBJECT +OUTCOME +CODE +ENTRY\n.* admin +promote +model churn version 9 +REFUSED +MODEL_NOT_FOUND/m,
    );
  });
});

describe("asof audit export", () => {
  const run = (...args: string[]) => asofHere(["audit", "export", ...args], { DATABASE_URL: app.url });

  it("prints every entry with all its hash is made of, and is an entry itself", async () => {
    const { code, out, err } = await run();
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const stored = await app.sql(
      "select id::text, encode(hash, 'hex') as hash, encode(previous_hash, 'hex') as previous_hash from audit_log order by audit_log.id",
    );
    expect([code, err]).toEqual([0, `${stored.length} entries\n`]);
    expect(lines.map(({ id, hash, previous_hash }) => ({ id, hash, previous_hash }))).toEqual(stored);
    expect(lines.at(-1)).toMatchObject({
      action: "audit.export",
      actor: expect.stringMatching(/^command line/),
    });
  });

  it("is of a time", async () => {
    expect((await run("--to", "2020-01-01T00:00:00Z")).out).toBe("");
    const wrong = await run("--from", "yesterday");
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining('--from "yesterday": an instant is expected'),
    ]);
  });

  it.skipIf(!hasPython)(
    "is verified by the page's fifteen lines of Python, and what was changed is found",
    async () => {
      const page = readFileSync("docs/audit.md", "utf8");
      const script = /```python\n(.*?)```/s.exec(page)![1]!;
      writeFileSync(join(folder, "verify.py"), script);
      await operate(
        app,
        `mutation { createRun(input: { name: ${JSON.stringify('odd "quotes" \\ é 🙂 \u2028 \u007f')}, tags: { a: "tab\\tnew\\nline" } }) { id } }`,
        ADMIN,
      );
      // The entry of a test above has a hash of nothing for its details.
      const whole = (await run()).out.split("\n").filter((line) => !line.includes('"actor":"ann"'));
      const verify = (lines: readonly string[]) => {
        writeFileSync(join(folder, "log.jsonl"), lines.join("\n"));
        const { status, stdout, stderr } = spawnSync("python3", ["verify.py", "log.jsonl"], {
          cwd: folder,
          encoding: "utf8",
        });
        return [status, (stdout + stderr).trim()];
      };
      const from = whole.findIndex((line) => line.includes("audit.export"));
      const lines = whole.slice(from).filter((line) => line !== "");
      const { hash } = JSON.parse(lines.at(-1)!);
      expect(verify(lines)).toEqual([0, `verified; the last hash is ${hash}`]);
      const second = JSON.parse(lines[1]!);
      const changed = (of: object) =>
        lines.map((line, place) => (place === 1 ? JSON.stringify({ ...second, ...of }) : line));
      expect(verify(changed({ actor: "mallory" }))).toEqual([1, `entry ${second.id} was changed`]);
      expect(verify(changed({ details: "{}" }))).toEqual([
        1,
        `the details of entry ${second.id} were changed`,
      ]);
      expect(verify(lines.toSpliced(1, 1))).toEqual([1, `entry ${Number(second.id) + 1} does not follow`]);
    },
  );
});
