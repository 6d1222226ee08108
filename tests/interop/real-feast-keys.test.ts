import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bigint, string } from "../../src/definitions/language/column.js";
import type { TestApp } from "../support/app.js";
import { keyed, type Parts, startKeyed } from "../support/keyed.js";
import { askedClients, runOfClient, tokenOf } from "../support/python-clients.js";

const ledger = keyed("ledger", { bank: string(), account_no: bigint() });
/** More digits than a double has: JSON's numbers cannot carry it through JavaScript. */
const BIG = "9007199254740993";
const KEYS: Parts[] = [
  ["a:b", "1"],
  ["acme", BIG],
  ...Array.from({ length: 60 }, (_, i): Parts => ["bank", `${i * 3}`]),
];

describe.skipIf(!askedClients.includes("feast"))(
  "Feast's SDK with several join keys (npm run test:clients)",
  () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await startKeyed(ledger, ["bank", "account_no"], KEYS);
    }, 180_000);
    afterAll(() => app?.stop());

    it("reads and pushes by asof's registry and by definitions of its own", async () => {
      const read = await ask();
      expect(read.entities).toEqual({ account__account_no: "account_no", account__bank: "bank" });
      expect(read.join_keys).toEqual(["account_no", "bank"]);
      const values = { balance: [0, 37, 7, null], segment: ["b", "a", "a", null] };
      const keys = { bank: ["a:b", "acme", "bank", "nobody"], account_no: [1, BIG, 27, 1] };
      for (const way of ["by_service", "by_reference", "by_columns", "own_definitions"])
        expect([way, read[way]]).toEqual([way, { ...keys, ...values }]);
      expect(read.full_names).toEqual({ ...keys, profile__balance: values.balance });
      expect(read.pushed).toEqual({ "asof's": [[1.5, "c"]], own: [[2.5, "d"]] });
      const { features } = await app.client.query(
        `{ features(key: { bank: "acme", accountNo: "${BIG}" }) { values { balance segment } } }`,
      );
      expect(features.values).toEqual({ balance: 1.5, segment: "c" });
    }, 300_000);

    it("is told what is wrong with a key, with a token too", async () => {
      const ASOF_TOKEN = await tokenOf(app.asof.address, "ADMIN");
      const { refused } = await ask({ ASOF_TOKEN });
      expect(refused["a number of more digits than a double has"]).toMatch(
        /422.*9007199254740993.*send it as text/,
      );
      expect(refused["one column of two"]).toMatch(/422.*the key account_no is missing/);
      expect(refused["text for a number"]).toMatch(/422.*entities\.account_no\[0\] cannot be used/);
    }, 300_000);

    const ask = async (env: Readonly<Record<string, string>> = {}) => {
      const script = resolve("tests/interop/scripts/feast_keys.py");
      return JSON.parse(await runOfClient("feast", "python", [script, `${app.asof.address}/feast`], env));
    };
  },
);
