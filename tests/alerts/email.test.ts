import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ChannelParts } from "../../src/alerts/channels/alert-channel.js";
import { AllowedHosts } from "../../src/alerts/channels/checked-addresses.js";
import { email } from "../../src/alerts/channels/email.js";
import { NotTakenError } from "../../src/alerts/channels/not-taken.js";
import type { AlertMessage } from "../../src/alerts/message.js";
import { emailOptions } from "../../src/definitions/language/alerts.js";
import { MailServer } from "./mail-server.js";

const servers: MailServer[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
async function mailServer(options: ConstructorParameters<typeof MailServer>[0] = {}): Promise<MailServer> {
  const server = await new MailServer(options).start();
  servers.push(server);
  return server;
}

const partsOf = (url: string, more: Partial<ChannelParts> = {}): ChannelParts => ({
  variable: () => undefined,
  allowed: new AllowedHosts(),
  consoleUrl: "https://asof.example",
  smtp: { url, from: "asof <asof@tests.example>" },
  timeoutMs: 5_000,
  ...more,
});

const message = (more: Partial<AlertMessage> = {}): AlertMessage => ({
  ...{ type: "PROMOTED", phase: "HAPPENED", timestamp: "2024-02-01T03:00:00.000Z", deployment: "tests" },
  ...{ rule: "team", subject: "model churn", summary: "version 2 of churn went from NONE to PRODUCTION" },
  ...{ page: "/models/churn/2", data: { model: "churn", version: 2 } },
  ...more,
});

const send = (parts: ChannelParts, more: Partial<AlertMessage> = {}, id: string = randomUUID()) =>
  email.send(
    { id, message: message(more), at: new Date() },
    emailOptions.parse({ to: ["on-call@tests.example", "lead@tests.example"] }),
    parts,
    new AbortController().signal,
  );

async function refusal(sending: Promise<unknown>): Promise<string> {
  const error = await sending.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NotTakenError);
  return (error as Error).message;
}

describe("an alert by e-mail", () => {
  it("is plain text with a link, to every address, with the same id each time it is sent", async () => {
    const server = await mailServer();
    const parts = partsOf(`smtp://127.0.0.1:${server.port}`);
    const id = randomUUID();
    await send(parts, {}, id);
    await send(parts, {}, id);
    expect(server.letters).toHaveLength(2);
    const { to, from, headers, body } = server.letters[0]!;
    expect([to, from]).toEqual([["on-call@tests.example", "lead@tests.example"], "asof@tests.example"]);
    expect(headers).toContain("Subject: [asof tests] version 2 of churn went from NONE to PRODUCTION");
    expect(headers).toContain("Content-Type: text/plain; charset=utf-8");
    expect(body.replaceAll("\r\n", "\n").trim()).toBe(
      [
        "[asof tests] version 2 of churn went from NONE to PRODUCTION",
        "",
        'model: "churn"',
        "version: 2",
        "",
        "rule: team",
        "at: 2024-02-01T03:00:00.000Z",
        "https://asof.example/models/churn/2",
      ].join("\n"),
    );
    for (const letter of server.letters) expect(letter.headers).toContain(`Message-ID: <${id}@asof.alerts>`);
  });

  it.each([
    "churn\r\nBcc: thief@evil.example\r\n\r\nbody",
    "churn\nSubject: other",
    "churn\u2028Bcc: thief@evil.example",
    `churn${"x".repeat(5_000)}`,
    "Ärger — 失敗 \u0000\u202e",
  ])("has no header that a name smuggled in: %j", async (name) => {
    const server = await mailServer();
    await send(partsOf(`smtp://127.0.0.1:${server.port}`), {
      summary: `version 2 of ${name}`,
      rule: "a rule",
    });
    const [{ headers, to }] = server.letters as [(typeof server.letters)[0]];
    expect(to).toEqual(["on-call@tests.example", "lead@tests.example"]);
    const names = headers.split("\r\n").flatMap((line) => /^([\w-]+):/.exec(line)?.[1] ?? []);
    expect(names.sort()).toEqual([
      ...["Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version"],
      ...["Message-ID", "Subject", "To"],
    ]);
    expect(headers.length).toBeLessThan(2_000);
  });

  it("is not taken where the server says so, or is not there, or hangs: each in words", async () => {
    const server = await mailServer();
    server.refuses = { code: 452, message: "the mailbox\nis full" };
    const parts = partsOf(`smtp://127.0.0.1:${server.port}`);
    expect(await refusal(send(parts))).toMatch(/^the mail server answers 452 the mailbox is full$/);
    const hanging: Server = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => hanging.once("listening", resolve));
    const { port } = hanging.address() as { port: number };
    expect(await refusal(send(partsOf(`smtp://127.0.0.1:${port}`, { timeoutMs: 100 })))).toBe(
      "the mail server does not answer in time",
    );
    await new Promise((resolve) => hanging.close(resolve));
    expect(await refusal(send(partsOf(`smtp://127.0.0.1:${port}`)))).toBe(
      "the mail server of SMTP_URL cannot be used: ESOCKET",
    );
    expect(await refusal(send({ ...parts, smtp: null }))).toBe("nothing sends e-mail: set SMTP_URL");
  });

  it("sends a password over TLS alone: to a server without STARTTLS, or whose certificate nobody vouches for, it sends none", async () => {
    const clear = await mailServer({ authOptional: false, allowInsecureAuth: true });
    const secret = partsOf(`smtp://me:hunter2@127.0.0.1:${clear.port}`);
    const said = await refusal(send(secret));
    expect(said).toMatch(/^the mail server/);
    expect(said).not.toContain("hunter2");
    expect([clear.letters, clear.logins]).toEqual([[], []]);

    const tls = await mailServer({ authOptional: false, disabledCommands: [] });
    const over = partsOf(`smtp://me:hunter2@127.0.0.1:${tls.port}`);
    expect(await refusal(send(over))).toMatch(/^the mail server of SMTP_URL cannot be used: /);
    expect(tls.logins).toEqual([]);
    // As if its authority were known here.
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    await send(over);
    expect(tls.letters).toMatchObject([{ secure: true, user: "me" }]);
    expect(tls.logins).toEqual(["me:hunter2"]);
  });

  it("says before it is needed whether the server can be used", async () => {
    const server = await mailServer();
    const parts = partsOf(`smtp://127.0.0.1:${server.port}`);
    const options = emailOptions.parse({ to: ["a@tests.example"] });
    expect(await email.problem(options, parts)).toBeNull();
    expect(await email.problem(options, { ...parts, smtp: null })).toMatch(/set SMTP_URL$/);
  });

  it.each([
    "a@b\r\nBcc: c@d",
    "a@b, c@d",
    "<a@b>",
    "a",
    "a b@c.example",
    `${"a".repeat(300)}@b.example`,
    "a@-@b",
  ])("goes to no address that is not one: %j", (address) => {
    expect(emailOptions.safeParse({ to: [address] }).success).toBe(false);
  });
});
