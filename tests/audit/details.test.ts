import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { detailsText, namesPersons, withoutSecrets } from "../../src/audit/details.js";

const SALT = Buffer.alloc(16, 7);
const kept = (details: unknown) => JSON.parse(detailsText(details, SALT));
const TOKEN = `asof_${"x".repeat(43)}`;

describe("what an entry keeps", () => {
  it.each([
    [{ token: "abc", refreshToken: "abc", password: "abc", apiKey: "abc" }, "abc"],
    [{ note: `made with ${TOKEN} today` }, TOKEN],
    [{ note: "sent Authorization: Bearer abcdefgh1234" }, "abcdefgh1234"],
    [{ url: "postgres://asof:hunter22@db/asof" }, "hunter22"],
    [{ url: "https://store/x?X-Amz-Signature=f00dbabe&part=1" }, "f00dbabe"],
    [{ list: [{ deep: { jwt: "eyJhbGciOi.eyJzdWIi.c2ln" } }] }, "eyJzdWIi"],
  ])("is without the secrets of %j", (details, secret) => {
    const text = detailsText(details, SALT);
    expect(text).toContain("[redacted]");
    expect(text).not.toContain(secret);
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

  it("is a text that PostgreSQL takes", () => {
    expect(withoutSecrets("a\0b\ud800c")).toBe("a\ufffdb\ufffdc");
    expect(withoutSecrets("🙂")).toBe("🙂");
  });
});
