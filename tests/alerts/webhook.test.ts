import { randomUUID } from "node:crypto";
import type { LookupAddress } from "node:dns";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ChannelParts } from "../../src/alerts/channels/alert-channel.js";
import { AllowedHosts, checkedAddresses } from "../../src/alerts/channels/checked-addresses.js";
import { NotTakenError } from "../../src/alerts/channels/not-taken.js";
import { post } from "../../src/alerts/channels/post.js";
import { webhookHeaders } from "../../src/alerts/channels/signature.js";
import { webhook } from "../../src/alerts/channels/webhook.js";
import type { AlertMessage } from "../../src/alerts/message.js";
import { webhookOptions } from "../../src/definitions/language/alerts.js";
import { AlertReceiver, SECRET } from "./receiver.js";

const FORMER = `whsec_${Buffer.from("the secret that was there before").toString("base64")}`;
const VARIABLES: Record<string, string> = {
  ALERT_SECRET: SECRET,
  ALERT_FORMER: FORMER,
  ALERT_SHORT: "whsec_c2hvcnQ=",
  ALERT_NO_URL: "not a url",
};

const message: AlertMessage = {
  type: "RUN_FAILED",
  phase: "HAPPENED",
  timestamp: "2024-02-01T03:00:00.000Z",
  deployment: "tests",
  rule: "on-call",
  subject: "run 1",
  summary: "a run of <INGEST> & co failed",
  page: "/runs/1",
  data: { runId: "1" },
};

let receiver: AlertReceiver;
beforeAll(async () => {
  receiver = await new AlertReceiver().start();
});
afterAll(() => receiver?.stop());
beforeEach(() => {
  receiver.mood = 204;
  for (const list of [receiver.received, receiver.refused, receiver.paths]) list.length = 0;
});

const partsOf = (more: Partial<ChannelParts> = {}): ChannelParts => ({
  variable: (name) => VARIABLES[name] ?? (name === "ALERT_URL" ? receiver.url : undefined),
  allowed: new AllowedHosts(["127.0.0.1"]),
  consoleUrl: "https://asof.example/",
  smtp: null,
  timeoutMs: 10_000,
  ...more,
});

async function send(options: Record<string, unknown> = {}, parts = partsOf(), id: string = randomUUID()) {
  const read = webhookOptions.parse({ ...{ url: receiver.url, secret: "ALERT_SECRET" }, ...options });
  await webhook.send({ id, message, at: new Date() }, read, parts, new AbortController().signal);
  return id;
}

async function refusal(sending: Promise<unknown>): Promise<NotTakenError> {
  const error = await sending.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NotTakenError);
  return error as NotTakenError;
}

describe("a webhook", () => {
  it("is a JSON message whose signature a library of Standard Webhooks verifies, with a link to the console", async () => {
    const id = await send();
    expect(receiver.received).toEqual([
      {
        id,
        message: {
          ...{ id, type: "RUN_FAILED", phase: "HAPPENED", timestamp: "2024-02-01T03:00:00.000Z" },
          ...{ deployment: "tests", rule: "on-call", subject: "run 1", summary: message.summary },
          ...{ data: { runId: "1" }, link: "https://asof.example/runs/1" },
        },
      },
    ]);
  });

  it("is signed by two secrets while receivers change over: each of them verifies it", async () => {
    const headers = webhookHeaders([SECRET, FORMER], "msg", new Date(), "{}");
    for (const secret of [SECRET, FORMER]) expect(new Webhook(secret).verify("{}", headers)).toEqual({});
    await send({ previousSecret: "ALERT_FORMER" });
    expect(receiver.received).toHaveLength(1);
  });

  it("has the form of Slack where that is asked for, with what Slack reads as markup escaped, and needs no secret then", async () => {
    receiver.mood = 500;
    await refusal(send({ format: "SLACK", secret: undefined }));
    expect(JSON.parse(receiver.refused[0]!)).toEqual({
      text: "[asof tests] a run of &lt;INGEST&gt; &amp; co failed <https://asof.example/runs/1|more>",
    });
  });

  it("is posted where a variable says, where the URL itself is a secret", async () => {
    await send({ url: undefined, urlFrom: "ALERT_URL" });
    expect(receiver.received).toHaveLength(1);
  });

  it("is not taken by any answer but 2xx: what was said is shown, in part, on one line", async () => {
    receiver.mood = { status: 500, body: `out of\n\u0000 order ${"x".repeat(5_000)}` };
    const { message: why, again } = await refusal(send());
    expect(why).toMatch(/^it answers 500: out of order x+$/);
    expect(why.length).toBeLessThan(250);
    expect(again).toBe(0);
  });

  it("follows no redirect", async () => {
    receiver.mood = { status: 302, headers: { location: "/elsewhere" } };
    expect((await refusal(send())).message).toBe("it answers 302, a redirect, which is not followed");
    expect(receiver.paths).toEqual(["/alerts"]);
  });

  it("is given up where the receiver is gone for good, and waits as long as one asks", async () => {
    receiver.mood = 410;
    expect((await refusal(send())).again).toBe("never");
    receiver.mood = { status: 429, headers: { "retry-after": "120" } };
    expect((await refusal(send())).again).toBe(120);
  });

  it("waits no longer than its time for an answer, a rest of one or a connection", async () => {
    receiver.mood = "hangs";
    expect((await refusal(send({}, partsOf({ timeoutMs: 150 })))).message).toBe("no answer in 0.15 s");
    await receiver.stop();
    expect((await refusal(send())).message).toBe("no answer: ECONNREFUSED");
    await receiver.start();
  });

  it("says which variable is missing or holds no secret, and never what it holds", async () => {
    for (const [options, problem] of [
      [{ secret: "ALERT_GONE" }, /^ALERT_GONE is not set/],
      [{ secret: "ALERT_SHORT" }, /^ALERT_SHORT must be whsec_ and 24 to 64 random bytes/],
      [{ url: undefined, urlFrom: "ALERT_NO_URL" }, /^ALERT_NO_URL: a URL that begins with https:/],
    ] as const) {
      const given: object = options;
      const read = webhookOptions.parse({ url: receiver.url, secret: "ALERT_SECRET", ...given });
      expect(await webhook.problem(read, partsOf())).toMatch(problem);
      expect((await refusal(send(options))).message).toMatch(problem);
    }
    expect(receiver.paths).toEqual([]);
  });
});

describe("addresses", () => {
  const nowhere = new AllowedHosts();
  const { signal } = new AbortController();
  const asked = (host: string, addresses: string[], allowed = nowhere) =>
    checkedAddresses(new URL(`http://${host}/`).hostname, allowed, signal, async () =>
      addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

  it.each([
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "0", "169.254.169.254"],
    ...["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255"],
    ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]"],
    ...["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]", "[::ffff:0:7f00:1]", "[::ffff:0:5db8:d822]"],
    ...["[4000::1]", "[100:0:0:1::1]", "[2001:2::1]", "[3fff::1]", "[2001:db8::1]", "192.88.99.1"],
  ])("%s is no address of the public internet", async (host) => {
    expect((await refusal(asked(host, []))).message).toMatch(
      /which is no public address; name the host or the address in ALERT_ALLOW_HOSTS$/,
    );
  });

  it("of a name are looked up: one that is not public refuses the name", async () => {
    for (const address of ["127.0.0.1", "::1", "10.0.0.1", "fe80::1"])
      expect((await refusal(asked("hooks.example", ["93.184.216.34", address]))).message).toContain(
        `hooks.example is ${address}`,
      );
    expect(await asked("hooks.example", ["93.184.216.34", "2606:2800:220:1::1"])).toHaveLength(2);
    expect((await refusal(asked("hooks.example", []))).message).toBe("the host hooks.example has no address");
    expect((await refusal(checkedAddresses("localhost", nowhere, signal))).message).toMatch(/^localhost is /);
  });

  it("that are named, by host, address or range, are allowed, and no others", async () => {
    const allowed = new AllowedHosts(["Hooks.Internal", "10.0.0.0/8", "::1"]);
    expect(await asked("hooks.internal", ["192.168.0.9"], allowed)).toHaveLength(1);
    expect(await asked("10.9.9.9", [], allowed)).toHaveLength(1);
    expect(await asked("[::1]", [], allowed)).toHaveLength(1);
    await refusal(asked("other.internal", ["192.168.0.9"], allowed));
    await refusal(asked("127.0.0.1", [], allowed));
  });

  it("are those that are connected to: a name that means another one the next moment leads nowhere else", async () => {
    // The name does not exist: were it asked for again, there would be no connection.
    const url = new URL(receiver.url.replace("127.0.0.1", "rebinds.invalid"));
    const addresses = [{ address: "127.0.0.1", family: 4 }];
    const id = randomUUID();
    const headers = webhookHeaders([SECRET], id, new Date(), "{}");
    const answer = await post(url, { body: "{}", headers, addresses, signal });
    expect([answer.status, receiver.received.map((each) => each.id)]).toEqual([204, [id]]);
  });
});
