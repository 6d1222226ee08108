import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KeyType } from "../../src/definitions/language/key.js";
import type { TestApp } from "../support/app.js";
import { asofHere } from "../support/cli.js";
import { writeDelivery } from "../support/delivery.js";
import { JANUARY, keyed, keyedDelivery, type Parts, rest, startKeyed } from "../support/keyed.js";
import { schemaFileOf } from "../support/schema.js";

export interface SingleKey {
  type: KeyType;
  /** In the order that lists have, as asof keeps them. */
  keys: readonly string[];
  /** What means the first key, in files and arguments. */
  otherForms: readonly unknown[];
  /** What is no key, with what the message says it must be. */
  wrong: readonly (readonly [unknown, RegExp])[];
  /** What JSON has of a key. */
  json: (key: string) => string | number;
  /** What Parquet has of a key. */
  parquet: (key: string) => unknown;
}

/** The whole way of a key of one column: delivery, training, every door, and a server that starts again. */
export function describeSingleKey({ type, keys, otherForms, wrong, json, parquet }: SingleKey): void {
  const definitions = keyed(`${type}_keys`, { account_id: { type } });
  const [KEY] = keys as [string];
  const delivered = (values: readonly string[]) =>
    keyedDelivery(
      ["account_id"],
      values.map((key): Parts => [key]),
    );

  describe(`a key of type ${type}`, () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await startKeyed(definitions, ["account_id"], keys.map((key): Parts => [key]).toReversed());
    });
    afterAll(() => app?.stop());
    const predict = (id: unknown) =>
      app.client.query("query($id: ID!) { predict(accountId: $id) { accountId key probability } }", { id });

    it("is predicted by each of its forms, over GraphQL and REST", async () => {
      const { predict: first } = await predict(KEY);
      expect(first).toMatchObject({ accountId: KEY, key: { account_id: json(KEY) } });
      for (const form of otherForms) {
        expect([form, (await predict(form)).predict]).toEqual([form, first]);
        const [status, body] = await rest(app, "/predict", { account_id: form });
        expect([status, body.account_id, body.probability]).toEqual([200, json(KEY), first.probability]);
        const [, features] = await rest(app, `/features/${encodeURIComponent(String(form))}`);
        expect(features.account_id).toBe(json(KEY));
        const { entityRow, predictFor } = await app.client.query(
          `query($key: JSON!) { entityRow(entity: "account", key: $key) { id key attributes }
             predictFor(service: "risk", key: $key) { accountId } }`,
          { key: { account_id: form } },
        );
        expect(entityRow.key).toEqual({ account_id: json(KEY) });
        expect(Object.keys(entityRow.attributes)).toEqual(["region"]);
        expect(predictFor.accountId).toBe(KEY);
      }
      const { predictMany } = await app.client.query(
        "query($ids: [ID!]!) { predictMany(accountIds: $ids) { accountId key error { message } } }",
        { ids: keys },
      );
      expect(predictMany).toEqual(
        keys.map((key) => ({ accountId: key, key: { account_id: json(key) }, error: null })),
      );
    });

    it.each(wrong)("%j is none, and the message says what is", async (given, message) => {
      const error = await app.client.error("query($id: ID!) { predict(accountId: $id) { accountId } }", {
        id: String(given),
      });
      expect(error.code).toBe("BAD_USER_INPUT");
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/^accountId cannot be used: /);
      const [status, body] = await rest(app, "/predict", { account_id: given });
      expect([status, body.error.code]).toEqual([400, "BAD_USER_INPUT"]);
      expect(body.error.message).toMatch(/account_id/);
    });

    it("is listed in its own order, page by page, and found by its id", async () => {
      const found: string[] = [];
      for (let after: string | null = null; ; ) {
        const { accounts }: any = await app.client.query(
          "query($after: String) { accounts(first: 9, after: $after) { nodes { id accountId } pageInfo { hasNextPage endCursor } } }",
          { after },
        );
        found.push(...accounts.nodes.map(({ accountId }: any) => accountId));
        if (!accounts.pageInfo.hasNextPage) break;
        after = accounts.pageInfo.endCursor;
      }
      expect(found).toEqual(keys);
      const { node } = await app.client.query(
        "query($id: ID!) { node(id: $id) { id ... on Account { accountId } } }",
        { id: `account:${otherForms.find((form) => typeof form === "string")}` },
      );
      expect(node).toEqual({ id: `account:${KEY}`, accountId: KEY });
      const foreign = Buffer.from('["no key of these"]').toString("base64url");
      const error = await app.client.error(
        "query($after: String) { accounts(after: $after) { nodes { id } } }",
        {
          after: foreign,
        },
      );
      expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining("no cursor") });
    });

    it("delivered twice in two forms is found to be one", async () => {
      const files = delivered(keys);
      const forms = otherForms.filter((form) => typeof form === "string");
      files.balances!.push(...forms.map((form) => `${form},1,a`), "no key,1,a");
      writeDelivery(app.dataDir, "february", files);
      const run = await app.client.ingest("february", "2024-02-29");
      expect(run.error).toBeNull();
      const { kept } = await app.client.query(
        "query($id: ID!) { kept: run(id: $id) { quarantined(first: 20) { nodes { accountId key reasons { expectation column } } } } }",
        { id: run.id },
      );
      expect(kept.quarantined.nodes).toEqual([
        ...forms.map((form) => ({
          accountId: form,
          key: form,
          reasons: [{ expectation: "unique", column: "account_id" }],
        })),
        { accountId: "no key", key: "no key", reasons: [{ expectation: "type", column: "account_id" }] },
      ]);
    });

    it("is pushed, logged and asked for in any form", async () => {
      const form = otherForms[0]!;
      const { push } = await app.client.query(
        `mutation($rows: [PushRowInput!]!) { push(input: { view: "profile", rows: $rows }) { outcomes { accountId outcome } } }`,
        { rows: [{ accountId: form, asOf: "2024-03-05", values: { balance: 77 } }] },
      );
      expect(push.outcomes).toEqual([{ accountId: KEY, outcome: "SERVED" }]);
      const { historicalFeatures } = await app.client.query(
        "query($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) { accountId json } }",
        { rows: [{ accountId: form, asOf: JANUARY }] },
      );
      expect(historicalFeatures[0]).toMatchObject({ accountId: KEY, json: { balance: expect.any(Number) } });
      await predict(form);
      const logged = async () => {
        const { predictions } = await app.client.query(
          "query($id: ID) { predictions(accountId: $id) { nodes { accountId key } } }",
          { id: form },
        );
        return predictions.nodes[0];
      };
      await expect
        .poll(logged, { timeout: 20_000 })
        .toEqual({ accountId: KEY, key: { account_id: json(KEY) } });
    });

    it("is exported as its type, and typed at the command line", async () => {
      const { exportTrainingSet } = await app.client.query(
        `mutation { exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${JANUARY}", model: "risk", formats: [PARQUET] }) { id } }`,
      );
      const { error, id } = await app.client.finished(exportTrainingSet.id);
      expect(error).toBeNull();
      const { run } = await app.client.query("query($id: ID!) { run(id: $id) { artifacts { url } } }", {
        id,
      });
      const answer = await fetch(new URL(run.artifacts[0].url, app.asof.address));
      const rows = await parquetReadObjects({ file: await answer.arrayBuffer() });
      expect(new Set(rows.map(({ account_id }) => account_id))).toEqual(new Set(keys.map(parquet)));
      const env = { ASOF_SCHEMA: await schemaFileOf(definitions), ASOF_URL: app.asof.address };
      const cli = await asofHere(["predict", "--json", "--", String(otherForms[0])], env);
      expect([cli.code, JSON.parse(cli.out).accountId]).toEqual([0, KEY]);
    });

    it("is declared with its type", async () => {
      const { deployment } = await app.client.query(
        "{ deployment { entities { keys { column field type } } } }",
      );
      expect(deployment.entities[0].keys).toEqual([{ column: "account_id", field: "accountId", type }]);
    });
  });
}
