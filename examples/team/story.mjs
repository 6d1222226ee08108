// A model on its way from a notebook to Production and back, by a team of three and an auditor: README.md says how it is run.
import { execFile } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = import.meta.dirname;
const url = process.env.ASOF_URL ?? "http://127.0.0.1:4000";
const admin = process.env.ASOF_ADMIN_TOKEN;
const secret = process.env.ALERT_TEAM_SECRET;
if (!admin || !secret)
  throw new Error("ASOF_ADMIN_TOKEN and ALERT_TEAM_SECRET are needed, as the server has them");
const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];

const say = (who, what) => process.stdout.write(`${who.padEnd(9)} ${what}\n`);

async function ask(token, query, variables = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

/** Starts a run and waits for its end. */
async function runOf(token, mutation) {
  const { started } = await ask(token, `mutation { started: ${mutation} { id } }`);
  for (;;) {
    const { run } = await ask(
      token,
      "query($id: ID!) { run(id: $id) { status error { message } } }",
      started,
    );
    if (run.status === "SUCCEEDED") return started.id;
    if (run.status === "FAILED" || run.status === "CANCELLED")
      throw new Error(run.error?.message ?? run.status);
    await pause(200);
  }
}

/** Takes webhooks, and believes only those that are signed with the secret. */
async function pager() {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const alerts = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const {
      "webhook-id": id,
      "webhook-timestamp": at,
      "webhook-signature": signatures = "",
    } = request.headers;
    const right = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest();
    const signed = signatures.split(" ").some((one) => {
      const given = Buffer.from(one.replace("v1,", ""), "base64");
      return given.length === right.length && timingSafeEqual(given, right);
    });
    if (signed) alerts.push(JSON.parse(body));
    response.writeHead(signed ? 204 : 401).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async next(type, version) {
      for (let waited = 0; waited < 60_000; waited += 100) {
        const found = alerts.find((alert) => alert.type === type && alert.data.version === version);
        if (found) return found;
        await pause(100);
      }
      throw new Error(`no ${type} came`);
    },
    close: () => server.close(),
  };
}

const folder = mkdtempSync(join(tmpdir(), "asof-team-"));
const page = await pager();
try {
  const tokens = {};
  for (const [name, role] of [
    ["ana", "OPERATOR"],
    ["eli", "OPERATOR"],
    ["olga", "OPERATOR"],
  ]) {
    const { createToken } = await ask(
      admin,
      "mutation($name: String!, $role: Role!) { createToken(name: $name, role: $role, days: 1) { secret } }",
      { name, role },
    );
    tokens[name] = createToken.secret;
  }
  await ask(
    admin,
    `mutation($options: JSON!) { setAlertRule(input: { name: "olga", on: [RUN_FAILED, PROMOTED, ROLLED_BACK], channel: WEBHOOK, options: $options }) { name } }`,
    { options: { url: page.url, secret: "ALERT_TEAM_SECRET" } },
  );
  say("admin", "makes three tokens, and a rule that wakes olga");

  await runOf(tokens.eli, `ingest(input: { source: "month_000", asOf: "${JANUARY}" })`);
  await runOf(tokens.eli, `ingest(input: { source: "month_001", asOf: "${FEBRUARY}" })`);
  await runOf(tokens.eli, `train(input: { asOf: "${FEBRUARY}", algorithm: LOGISTIC_REGRESSION })`);
  await ask(tokens.eli, `mutation { promote(input: { version: 1, reason: "the first" }) { version } }`);
  say("eli", "ingests two months, trains version 1 and promotes it");

  // To need no libraries of Python, asof trains what stands for the analyst's own file.
  const trained = await runOf(tokens.ana, `train(input: { asOf: "${FEBRUARY}", seed: 7 })`);
  const { run: of } = await ask(tokens.ana, "query($id: ID!) { run(id: $id) { artifacts { name url } } }", {
    id: trained,
  });
  const { url: file } = of.artifacts.find(({ name }) => name === "model.onnx");
  const onnx = await fetch(new URL(file, url), { headers: { authorization: `Bearer ${tokens.ana}` } });
  writeFileSync(join(folder, "model.onnx"), Buffer.from(await onnx.arrayBuffer()));
  const { stdout } = await run("python3", [join(here, "analyst.py"), join(folder, "model.onnx")], {
    env: { ...process.env, ASOF_URL: url, ASOF_TOKEN: tokens.ana, AS_OF: FEBRUARY },
  });
  const { version, status } = JSON.parse(stdout);
  say("ana", `logs a run from Python and registers version ${version}: ${status}`);

  await ask(
    tokens.eli,
    "mutation($version: Int!) { startCanary(input: { version: $version, share: 0.5 }) { id } }",
    { version },
  );
  const { users } = await ask(tokens.eli, "{ users(first: 200) { nodes { id: userId } } }");
  const arms = {};
  for (const { id } of users.nodes) {
    const { predict } = await ask(tokens.eli, "query($id: ID!) { predict(userId: $id) { arm } }", { id });
    arms[predict.arm] = (arms[predict.arm] ?? 0) + 1;
  }
  say(
    "eli",
    `starts a canary of it: ${arms.CHAMPION} users are answered by version 1, ${arms.CHALLENGER} by version ${version}`,
  );
  const { endCanary } = await ask(
    tokens.eli,
    `mutation { endCanary(promote: true, reason: "as good as Production") { outcome } }`,
  );
  say("eli", `ends it: ${endCanary.outcome}, the gates hold`);

  const woken = await page.next("PROMOTED", version);
  say("olga", `is told: ${woken.summary}`);
  await ask(tokens.olga, `mutation { rollback(reason: "support sees odd answers") { version } }`);
  const back = await page.next("ROLLED_BACK", 1);
  const { model } = await ask(tokens.olga, `{ model(name: "churn") { production { version } } }`);
  if (model.production.version !== 1) throw new Error("version 1 is not in Production");
  say("olga", `rolls back, and is told: ${back.summary}`);

  const { auditLog } = await ask(admin, "{ auditLog(first: 50) { nodes { actor action subject outcome } } }");
  const moves = auditLog.nodes.filter(({ action }) => ["promote", "endCanary", "rollback"].includes(action));
  for (const { actor, action, subject, outcome } of moves.reverse())
    say("auditor", `reads that ${actor} asked for ${action} of ${subject}: ${outcome}`);
  const asof = [process.env.ASOF_COMMAND ?? join(here, "../../bin/asof.mjs")];
  const exported = await run(process.execPath, [...asof, "audit", "export"], { maxBuffer: 2 ** 26 });
  writeFileSync(join(folder, "audit.jsonl"), exported.stdout);
  const verified = await run("python3", [join(here, "verify.py"), join(folder, "audit.jsonl")]);
  say("auditor", `verifies the log without asof: ${verified.stdout.trim()}`);
} finally {
  page.close();
  rmSync(folder, { recursive: true });
}
