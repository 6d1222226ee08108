import { request } from "node:http";
import { Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth, movedMonth, USERS } from "../support/months.js";

const FEBRUARY = "2024-02-29";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, movedMonth());
}, 300_000);
afterAll(() => app?.stop());

/** Users that are there and one that is not, before the first date, on both and between them. */
const ASKED = [...USERS.slice(0, 30), "nobody"].flatMap((user_id) =>
  ["2023-12-31", JANUARY, "2024-02-15", FEBRUARY].map((as_of) => ({ user_id, as_of })),
);
const CSV = `user_id,as_of\n${ASKED.map(({ user_id, as_of }) => `${user_id},${as_of}\n`).join("")}`;

const post = (
  body: string | Uint8Array,
  type: string,
  query = "service=churn",
  headers: Record<string, string> = {},
) =>
  fetch(`${app.client.address}/historical-features?${query}`, {
    method: "POST",
    body: body as BodyInit,
    headers: { "content-type": type, ...headers },
  });

async function rowsOf(response: Response): Promise<Record<string, unknown>[]> {
  expect(response.status).toBe(200);
  return parquetReadObjects({ file: await response.arrayBuffer() });
}

async function refused(response: Response) {
  const { error } = (await response.json()) as { error: { code: string; message: string; rows?: unknown } };
  return { status: response.status, ...error };
}

/** What GraphQL answers to the same rows, in their order. */
async function asGraphQL(rows: readonly { user_id: string; as_of: string }[]) {
  const { historicalFeatures } = await app.client.query(
    `query($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) { userId asOf json statuses { name status } } }`,
    { rows: rows.map(({ user_id, as_of }) => ({ userId: user_id, asOf: as_of })) },
  );
  return historicalFeatures as {
    userId: string;
    json: Record<string, unknown>;
    statuses: { name: string; status: string }[];
  }[];
}

const plain = (value: unknown) => (typeof value === "bigint" ? Number(value) : (value ?? null));

describe("POST /historical-features", () => {
  it("answers what GraphQL answers, row for row, with the status of each value", async () => {
    const rows = await rowsOf(await post(CSV, "text/csv", "service=churn&statuses=true"));
    const expected = await asGraphQL(ASKED);
    expect(rows).toHaveLength(ASKED.length);
    rows.forEach((row, place) => {
      const { json, statuses } = expected[place]!;
      expect(row.user_id).toBe(ASKED[place]!.user_id);
      expect(new Date(row.as_of as Date).toISOString().slice(0, 10)).toBe(ASKED[place]!.as_of);
      for (const [name, value] of Object.entries(json)) expect(plain(row[name])).toEqual(value);
      for (const { name, status } of statuses) expect(row[`${name}__status`]).toBe(status);
    });
    expect(new Set(rows.map((row) => row.skips_7d__status)).size).toBeGreaterThan(1);
  });

  it("takes JSON, JSON Lines, Parquet and Arrow as it takes CSV, and answers Arrow, too", async () => {
    const wanted = await rowsOf(await post(CSV, "text/csv"));
    const columns = ["user_id", "as_of"] as const;
    const parquet = parquetWriteBuffer({
      columnData: columns.map((name) => ({
        name,
        data: ASKED.map((row) => row[name]),
        type: "STRING" as const,
      })),
    });
    const arrow = tableToIPC(
      new Table(
        Object.fromEntries(
          columns.map((name) => [
            name,
            vectorFromArray(
              ASKED.map((row) => row[name]),
              new Utf8(),
            ),
          ]),
        ),
      ),
      "stream",
    );
    for (const [body, type] of [
      [JSON.stringify(ASKED), "application/json"],
      [JSON.stringify({ entities: ASKED }), "application/json"],
      [ASKED.map((row) => JSON.stringify(row)).join("\n"), "application/jsonl"],
      [new Uint8Array(parquet), "application/vnd.apache.parquet"],
      [arrow, "application/vnd.apache.arrow.stream"],
    ] as const) {
      expect(await rowsOf(await post(body, type)), type).toEqual(wanted);
    }
    const answer = await post(CSV, "text/csv", "service=churn&format=arrow");
    expect(answer.headers.get("content-type")).toBe("application/vnd.apache.arrow.stream");
    const table = tableFromIPC(new Uint8Array(await answer.arrayBuffer()));
    const got = table
      .toArray()
      .map((row) =>
        Object.fromEntries(Object.entries(row!.toJSON()).map(([name, value]) => [name, plain(value)])),
      );
    expect(got.map(({ as_of: _, ...row }) => row)).toEqual(
      wanted.map(({ as_of: _, ...row }) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
      ),
    );
  });

  it("takes the features that are named, timestamps, one date for all, and what was known", async () => {
    const named = await rowsOf(
      await post(`user_id\n${USERS[1]}\n`, "text/csv", `features=skips_7d&as_of=${JANUARY}`),
    );
    expect(Object.keys(named[0]!)).toEqual(["user_id", "as_of", "skips_7d"]);
    const text = `user_id,at\n${USERS[1]},2024-01-31T23:59:59Z\n${USERS[1]},2024-02-01 01:00:00+02\n`;
    const timed = await rowsOf(await post(text, "text/csv", "features=skips_7d&as_of_column=at"));
    expect(timed).toEqual([named[0], named[0]]);
    const [unknown] = await rowsOf(
      await post(
        `user_id,as_of,known_at\n${USERS[1]},${JANUARY},2020-01-01T00:00:00Z\n`,
        "text/csv",
        "features=skips_7d&statuses=true",
      ),
    );
    expect(unknown).toMatchObject({ skips_7d: null });
    expect(unknown!.skips_7d__status).not.toBe("PRESENT");
  });

  it("answers no rows to a file of none", async () => {
    expect(await rowsOf(await post("user_id,as_of\n", "text/csv"))).toEqual([]);
    expect(await rowsOf(await post("[]", "application/json"))).toEqual([]);
  });

  it.each<[string, string, string, string, RegExp]>([
    [
      "an empty file",
      "",
      "text/csv",
      "service=churn",
      /^the file is empty; a header was expected: user_id, as_of$/,
    ],
    [
      "an unknown key column",
      "user,as_of\nx,2024-01-31\n",
      "text/csv",
      "service=churn",
      /^header: the column "user" is neither of the key nor the date; .*; user_id, as_of were expected/,
    ],
    [
      "a column that is missing",
      "user_id\nx\n",
      "text/csv",
      "service=churn",
      /^header: the column "as_of" is missing; user_id, as_of were expected/,
    ],
    [
      "a column that is there twice",
      "user_id,as_of,as_of\nx,2024-01-31,2024-01-31\n",
      "text/csv",
      "service=churn",
      /^header: the column "as_of" is there twice/,
    ],
    [
      "a date that is none",
      "user_id,as_of\nx,2024-01-31\ny,31.01.2024\n",
      "text/csv",
      "service=churn",
      /^row 3: as_of: a date such as 2024-01-31, or a timestamp .* was expected; got "31\.01\.2024"$/,
    ],
    [
      "a day that does not exist",
      "user_id,as_of\nx,2024-02-30\n",
      "text/csv",
      "service=churn",
      /^row 2: as_of: /,
    ],
    [
      "a row of the future",
      "user_id,as_of\nx,2999-01-31\n",
      "text/csv",
      "service=churn",
      /^row 2: as_of: 2999-01-31 is in the future; today is \d{4}-\d{2}-\d{2} in UTC$/,
    ],
    ["a row without a key", "user_id,as_of\n,2024-01-31\n", "text/csv", "service=churn", /^row 2: user_id: /],
    [
      "a quote that does not end",
      'user_id,as_of\n"x,2024-01-31\n',
      "text/csv",
      "service=churn",
      /^row \d+: the file cannot be read: /,
    ],
    ["no JSON", "{", "application/json", "service=churn", /^the body is no JSON: /],
    [
      "JSON of another shape",
      '{"rows": 1}',
      "application/json",
      "service=churn",
      /^the body: a list of rows was expected/,
    ],
    [
      "bytes that are no Parquet",
      "certainly not",
      "application/vnd.apache.parquet",
      "service=churn",
      /^row 1: the file cannot be read: /,
    ],
    [
      "another media type",
      "x",
      "text/plain",
      "service=churn",
      /^content-type: one of application\/json, text\/csv, .* was expected; got text\/plain$/,
    ],
    [
      "a service that is none",
      CSV,
      "text/csv",
      "service=none",
      /^service: this deployment declares no feature service "none"; there is churn/,
    ],
    [
      "a feature that is none",
      CSV,
      "text/csv",
      "features=skipz_7d",
      /^features: "skipz_7d" is no feature of user; take of .*; did you mean "skips_7d"\?$/,
    ],
    [
      "a feature twice",
      CSV,
      "text/csv",
      "features=skips_7d,skips_7d",
      /^features: skips_7d is named twice; name it once$/,
    ],
    [
      "JSON that has a name twice",
      '[{"user_id": "x", "as_of": "2024-01-31", "as_of": "2024-02-29"}]',
      "application/json",
      "service=churn",
      /^the JSON cannot be used: the name "as_of" is there twice in one object$/,
    ],
    [
      "a row that is too long",
      `user_id,as_of\nx,2024-01-31\n"${"y".repeat(1 << 20)}",2024-01-31\n`,
      "text/csv",
      "service=churn",
      /^row 3: the file cannot be read: a row is longer than 1048576 bytes; is a closing quote missing\?$/,
    ],
    ["a word that is none", CSV, "text/csv", "servise=churn", /^the query cannot be used: /],
    [
      "a date of the query that is none",
      CSV,
      "text/csv",
      "as_of=january",
      /^the query cannot be used: as_of: /,
    ],
  ])("refuses %s", async (_what, body, type, query, message) => {
    expect(await refused(await post(body, type, query))).toMatchObject({
      status: 400,
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(message),
    });
  });

  it("refuses a Parquet file that is cut short, wherever it is cut", async () => {
    const whole = new Uint8Array(
      parquetWriteBuffer({
        columnData: (["user_id", "as_of"] as const).map((name) => ({
          name,
          data: ASKED.map((row) => row[name]),
          type: "STRING" as const,
        })),
      }),
    );
    for (const bytes of [1, 4, 100, whole.length - 9, whole.length - 1]) {
      const refusal = await refused(await post(whole.slice(0, bytes), "application/vnd.apache.parquet"));
      expect([bytes, refusal]).toEqual([
        bytes,
        expect.objectContaining({
          status: 400,
          code: "BAD_USER_INPUT",
          message: expect.stringMatching(/^row \d+: the file cannot be read: /),
        }),
      ]);
    }
  });

  it("refuses what is packed, and a file that says it is too large", async () => {
    const packed = await refused(
      await post(CSV, "text/csv", "service=churn", { "content-encoding": "gzip" }),
    );
    expect(packed.message).toBe("content-encoding: the file as it is was expected; got gzip");
    const { port } = new URL(app.client.address);
    const answer = await new Promise<string>((resolve, reject) => {
      const length = 6 * 2 ** 30;
      const headers = { "content-type": "text/csv", "content-length": String(length) };
      const asked = request({ port, method: "POST", path: "/historical-features", headers }, (response) => {
        response.once("data", (bytes: Buffer) => {
          resolve(String(bytes));
          asked.destroy();
        });
      });
      asked.on("error", reject);
      asked.flushHeaders();
    });
    expect(JSON.parse(answer).error).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(/^the file has 6442450944 bytes; at most \d+ are taken/),
    });
  });

  it("names the first rows that cannot be used", async () => {
    const { rows, message } = await refused(
      await post("user_id,as_of\nx,a\ny,2024-01-31\nz,b\n", "text/csv"),
    );
    expect(message).toMatch(/^row 2: .*, and 1 more among the rows read with it$/);
    expect(rows).toMatchObject([
      { row: 2, column: "as_of" },
      { row: 4, column: "as_of" },
    ]);
  });
});
