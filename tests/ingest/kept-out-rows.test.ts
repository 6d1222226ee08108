import { expect, it } from "vitest";
import type { Queryable } from "../../src/db/pool.js";
import { bigint, bool, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  type Entity,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import type { DeclaredKey } from "../../src/definitions/language/key.js";
import { ErasedKeys, keyHmac } from "../../src/features/erasure/kept-out.js";
import { KeptOutRows } from "../../src/ingest/kept-out-rows.js";
import { KeyReader, keyCells } from "../../src/ingest/key-reader.js";
import { keyed } from "../support/keyed.js";

/** As the database has it once this key was erased. */
async function erased({ name }: Entity, key: string): Promise<ErasedKeys> {
  const secret = Buffer.alloc(32, 7);
  const rows = [{ secret, hmac: keyHmac(secret, name, key).toString("hex") }];
  return ErasedKeys.read({ query: async () => ({ rows }) } as unknown as Queryable);
}

const readerOf = (of: Entity, header: readonly string[]) =>
  new KeyReader(
    of,
    keyCells(of, (column) => header.indexOf(column)),
  );

const HEADER = ["bank", "account_no", "balance", "segment"];
it.each([
  ["whole", ["acme", "71", "5", "a"], true],
  ["whole, the number as others write it", ["acme", "+0071", "5", "a"], true],
  ["cut behind", ["acme", "71"], true],
  ["cut behind, the number as others write it", ["acme", "0071", "5"], true],
  ["with a field more in front", ["x", "acme", "71", "5", "a"], true],
  ["with a field more between the key's", ["acme", "x", "71", "5", "a"], true],
  ["of a neighbour, cut", ["acme", "72", "5"], false],
  ["of a neighbour, whole", ["acme", "72", "71", "a"], false],
  ["without a key", ["", "", "5", "a"], false],
  ["of nothing", [""], false],
])("of a key of several columns a row %s: %s is passed over: %s", async (_, fields, isKeptOut) => {
  const ledger = keyed("ledger", { bank: string(), account_no: bigint() });
  const account = ledger.entities[0]!.entity;
  const rows = new KeptOutRows(await erased(account, "acme:71"), ledger, ledger.sources[1]!, HEADER);
  expect(rows.has(fields, readerOf(account, HEADER).read(fields))).toBe(isKeptOut);
});

const UUID = "3f2b8c1e-9d54-4c7a-8f10-2b6e5a7c9d01";
it.each([
  ["bigint", { customer_id: bigint() }, "71", "+0071", bigint({ required: true })],
  ["int", { customer_id: int() }, "71", "071", int({ required: true })],
  ["uuid", { customer_id: { type: "uuid" } }, UUID, UUID.toUpperCase(), string({ required: true })],
  ["string", "customer_id", "K-71", "K-71", string({ required: true })],
] as const)(
  "what belongs to who was erased is passed over, their key a %s",
  async (_, key, own, given, column) => {
    const customer = entity("customer", { key: key as DeclaredKey });
    const account = entity("account", { key: "account_id", belongsTo: customer });
    const customers = source("customers", {
      of: customer,
      columns: { income: float(), left: bool({ required: true }) },
    });
    const accounts = source("accounts", { of: account, columns: { customer_id: column, balance: float() } });
    const household = featureView("household", { source: customers, features: ["income"] });
    const bank = deployment({
      ...{
        name: "bank",
        entities: [customers, accounts],
        sources: [customers, accounts],
        views: [household],
      },
      services: [
        featureService("leaving", {
          views: [household],
          label: { source: customers, column: "left" },
          gates: { minimum: {} },
        }),
      ],
    });
    const header = ["account_id", "customer_id", "balance"];
    const rows = new KeptOutRows(await erased(customer, own), bank, accounts, header);
    const isKeptOut = (fields: string[]) => rows.has(fields, readerOf(account, header).read(fields));
    expect(isKeptOut(["A-1", given, "5"])).toBe(true);
    expect(isKeptOut(["A-2", "72", "5"])).toBe(false);
    // Of another length than the header.
    expect(isKeptOut(["A-1", given, "5", "x"])).toBe(true);
    expect(isKeptOut(["A-1", given])).toBe(true);
    expect(isKeptOut(["A-2", "72", "5", "x"])).toBe(false);
    // A key of the same text, of another entity.
    expect(isKeptOut([own, "72", "5"])).toBe(false);
  },
);
