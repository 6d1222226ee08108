import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { detailsText } from "../../src/audit/details.js";
import { namesPersons } from "../../src/audit/persons.js";
import { withoutSecrets } from "../../src/audit/secrets.js";

const SALT = Buffer.alloc(16, 7);
const kept = (details: unknown) => JSON.parse(detailsText(details, SALT));
/** By the processor's time: what else runs on the machine takes none of it. */
function timed(details: unknown): { text: string; ms: number } {
  const before = process.cpuUsage();
  const text = detailsText(details, SALT);
  const { user, system } = process.cpuUsage(before);
  return { text, ms: (user + system) / 1_000 };
}
const TOKEN = `asof_${"x".repeat(43)}`;

describe("what an entry keeps", () => {
  it.each([
    [{ token: "abc", refreshToken: "abc", password: "abc", apiKey: "abc" }, "abc"],
    [{ note: `made with ${TOKEN} today` }, TOKEN],
    [{ note: "sent Authorization: Bearer abcdefgh1234" }, "abcdefgh1234"],
    [{ of: "postgres://asof:hunter22@db/asof" }, "hunter22"],
    [{ of: "https://store/x?X-Amz-Signature=f00dbabe&part=1" }, "f00dbabe"],
    [{ of: "https://store/x?sv=2024-11-04&sig=f00dbabe&se=2027" }, "f00dbabe"],
    [{ key: "db_password", value: "hunter22" }, "hunter22"],
    [
      {
        params: [
          { key: "lr", value: "0.1" },
          { key: "GITHUB_TOKEN", value: "hunter22" },
        ],
      },
      "hunter22",
    ],
    [{ tags: [{ name: "api-key".replace("-", "_"), value: "hunter22" }] }, "hunter22"],
    [{ list: [{ deep: { jwt: "eyJhbGciOi.eyJzdWIi.c2ln" } }] }, "eyJzdWIi"],
  ])("is without the secrets of %j", (details, secret) => {
    const text = detailsText(details, SALT);
    expect(text).toContain("[redacted]");
    expect(text).not.toContain(secret);
  });

  it("has no half of a secret where a long text is cut", () => {
    const jwt = `eyJ${"x".repeat(4_000)}`;
    expect(kept({ note: `${jwt} ${" ".repeat(50)}${TOKEN}` }).note).toMatch(/^\[redacted\] +… of 4102 char/);
    expect(kept({ note: `word eyJ${"x".repeat(9_000)}` }).note).toMatch(/^word … of 9008 char/);
  });

  it("has of an address no more than whose it is: what follows lets in", () => {
    const of = (url: string) => kept({ options: { url } }).options.url;
    expect(of("https://hooks.slack.com/services/T/B/x")).toBe("https://hooks.slack.com/…");
    expect(of("https://asof:hunter22@alerts.example:8443/?key=1")).toBe("https://alerts.example:8443/…");
    expect(of("http://alerts.example")).toBe("http://alerts.example");
    expect(of("no address")).toBe("[redacted]");
  });

  it("leaves what is like a parameter, and is none that lets in", () => {
    expect(kept({ note: "https://a.example/?page=2&keys?" })).toEqual({
      note: "https://a.example/?page=2&keys?",
    });
    expect(kept({ key: "lr", value: "0.1" })).toEqual({ key: "lr", value: "0.1" });
  });

  it("counts keys, rows and files, and never has them", () => {
    const rows = [{ userId: "u-1", values: { income: 5 } }];
    expect(kept({ input: { view: "usage", rows, base64: "AAAA" }, userId: "u-1" })).toEqual({
      input: { view: "usage", rows: { count: 1 }, base64: { length: 4 } },
      userId: { length: 3 },
    });
    expect(namesPersons({ input: { rows } })).toBe(true);
    expect(namesPersons({ input: { view: "usage" } })).toBe(false);
  });

  it("knows keys and values of persons however deep they are, and counts what is expected of them", () => {
    const expected = [{ userId: "8627-ZYGSZ", probability: 0.81234 }];
    expect(kept({ args: { input: { model: "churn", expected } } })).toEqual({
      args: { input: { model: "churn", expected: { count: 1 } } },
    });
    expect(namesPersons({ args: { input: { list: [{ of: { userId: "8627-ZYGSZ" } }] } } })).toBe(true);
  });

  it.each([
    ["u-1234", "of u-1234, not u-12345 nor xu-1234", "of [key], not u-12345 nor xu-1234"],
    ["u-1234", "U-1234 and (u-1234).", "[key] and ([key])."],
    ["Zoë Ösel", "asked by zoë ösel today", "asked by [key] today"],
    [
      "2000",
      "2000 asked on 2000-01-31 for 1.2000, 12000 and 2000.",
      "[key] asked on 2000-01-31 for 1.2000, 12000 and [key].",
    ],
    ["true", "it is true, not truest", "it is [key], not truest"],
    ["ann", "ann, whose key is short", "ann, whose key is short"],
    ['a\\b"c$&', 'of a\\b"c$&', "of [key]"],
  ])("takes the key %j out of the words beside it", (userId, reason, left) => {
    expect(kept({ args: { userId, reason } })).toEqual({
      args: { userId: { length: userId.length }, reason: left },
    });
  });

  it.each(["2000", "true", "args", "model", "count", "0.81234", "null", "length", "[key]", "{}"])(
    "leaves numbers, literals and names alone that are like the key %s",
    (userId) => {
      const rows = Array.from({ length: 2_000 }, () => ({ userId }));
      const args = { model: "churn", share: 0.81234, force: true, stop: null, days: 2000 };
      expect(kept({ args: { ...args, rows, userId } })).toEqual({
        args: { ...args, rows: { count: 2_000 }, userId: { length: userId.length } },
      });
    },
  );

  it("takes each of ten thousand keys out of a reason, in one go", () => {
    const rows = Array.from({ length: 10_000 }, (_, place) => ({ userId: `key-${place}` }));
    const reason = "key-0, key-77 and key-9999, not key-10000 ".repeat(90);
    const args = { rows, reason };
    const { text, ms } = timed({ args });
    expect(JSON.parse(text).args.reason).toMatch(/^(\[key\], \[key\] and \[key\], not key-10000 )+/);
    expect(ms).toBeLessThan(500);
  });

  it("leaves names, reasons and small lists as they were sent", () => {
    const args = { model: "churn", version: 3, force: true, reason: "the gate knows no better", tags: ["a"] };
    expect(kept({ args })).toEqual({ args });
  });

  it("is cut at the end of a word or an item, and has a salted hash of the whole", () => {
    const whole = {
      text: "word-of-nine ".repeat(100),
      list: Array.from({ length: 25 }, (_, place) => place),
    };
    const { text, list, cut } = kept(whole);
    expect(text).toMatch(/^(word-of-nine )+…$/);
    expect(list.slice(-2)).toEqual([19, "… 5 more"]);
    const sha256 = createHash("sha256").update(SALT).update(JSON.stringify(whole)).digest("hex");
    expect(cut).toEqual({ bytes: JSON.stringify(whole).length, sha256 });
  });

  it("has at most eight kilobytes, whatever was sent", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 500 }, (_, place) => [`name_${place}`, "x ".repeat(200)]),
    );
    for (const details of [wide, { args: wide }, { args: { input: { tags: wide } } }, { args: [[[wide]]] }]) {
      expect(Buffer.byteLength(detailsText(details, SALT))).toBeLessThan(9_000);
      expect(kept(details).cut.bytes).toBeGreaterThan(100_000);
    }
  });

  it.each([
    ..."a|eyJ|eyJ-|asof_|a://|://|?key|?key=|&a=|bearer |basic  |u-1234 |-|é".split("|"),
    ...["\ud800", "\0", "https://", "\n"],
  ])("takes no time to speak of for sixteen megabytes of %j", (part) => {
    const text = part.repeat(16e6 / part.length);
    const userIds = Array.from({ length: 300 }, (_, place) => `u-1234 ${"u-1234 ".repeat(place % 25)}!`);
    const { text: json, ms } = timed({ args: { reason: text, userIds, [text]: text, url: text } });
    expect(json).toMatch(/… of 1\d{7} characters, SHA-256 [0-9a-f]{64}"|"sha256":"[0-9a-f]{64}"/);
    expect(ms).toBeLessThan(900);
  });

  it("is made of whatever was sent", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 100_000; depth++) deep = [deep, { userId: deep }];
    const odd = {
      at: new Date(Number.NaN),
      of: Symbol("x"),
      do: () => 1,
      no: undefined,
      n: 5n,
      nan: Number.NaN,
    };
    const bytes = [new Uint8Array(5), Buffer.from("abc")];
    expect(kept({ odd, bytes, deep, ["__proto__"]: 1 })).toMatchObject({
      odd: { at: null, no: null, n: "5", nan: null },
      bytes: [{ length: 5 }, { length: 3 }],
    });
    for (const of of [null, undefined, "text", 5, [1], () => 1]) expect(() => kept(of)).not.toThrow();
  });

  it("has of a text that is longer than anybody reads its length and its hash", () => {
    const text = "it is late ".repeat(1_000);
    const sha256 = createHash("sha256").update(SALT).update(text).digest("hex");
    const { cut } = kept({ text });
    const whole = `${text.slice(0, 4_096).replace(/\S*$/, "")}… of 11000 characters, SHA-256 ${sha256}`;
    const ofWhole = createHash("sha256")
      .update(SALT)
      .update(JSON.stringify({ text: whole }))
      .digest("hex");
    expect(cut.sha256).toBe(ofWhole);
  });

  it("is a text that PostgreSQL takes", () => {
    expect(withoutSecrets("a\0b\ud800c")).toBe("a\ufffdb\ufffdc");
    expect(withoutSecrets("🙂")).toBe("🙂");
  });
});
