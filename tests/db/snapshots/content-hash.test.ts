import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { contentHash, overallSha256 } from "../../../src/db/snapshots/content-hash.js";
import { contentSha256V1 } from "../../../src/db/snapshots/content-hash-v1.js";
import { declaredColumns } from "../../../src/db/snapshots/snapshot-parts.js";
import {
  bigint,
  bool,
  date,
  decimal,
  float,
  int,
  list,
  string,
  timestamp,
  vector,
} from "../../../src/definitions/language/column.js";
import { source } from "../../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { createDatabase, type TestDatabase } from "../../support/database.js";
import { type Files, smallDelivery, writeDelivery } from "../../support/delivery.js";
import { until } from "../../support/until.js";

const ROWS = [
  "('U-2', 2, 0.1::float8, true, null, '2024-01-31'::date)",
  "('U-10', -1, 1e21, null, 'tab\t\\end', null)",
  "('é', 0, 5e-324, false, '', '0001-01-01')",
  "('U-1', null, 1/3::float8, true, 'x', '9999-12-31')",
];
/** Byte order of the keys, COPY's text format, floats as short as reads back. */
const LINES = [
  "U-1\t\\N\t0.3333333333333333\tt\tx\t9999-12-31",
  "U-10\t-1\t1e+21\t\\N\ttab\\t\\\\end\t\\N",
  "U-2\t2\t0.1\tt\t\\N\t2024-01-31",
  "é\t0\t5e-324\tf\t\t0001-01-01",
];
const PART = {
  name: "v",
  key: "user_id",
  columns: declaredColumns(
    source("s", { columns: { i: int(), f: float(), b: bool(), s: string(), d: date() } }),
  ),
};
const HEADER = "v\tuser_id\ti:int\tf:float\tb:bool\ts:string\td:date";
const FIRST_EDITION = createHash("sha256")
  .update([HEADER, ...LINES, ""].join("\n"))
  .digest("hex");

/** The same rows as values, for an implementation of the second edition that shares nothing with the one tested. */
type Value = { code: number; bytes: Buffer | null };
const of = (code: number, size: number, write: (bytes: Buffer) => void): Value => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return { code, bytes };
};
const text = (value: string | null): Value => ({
  code: 25,
  bytes: value === null ? null : Buffer.from(value),
});
const whole = (value: number | null): Value =>
  value === null ? { code: 20, bytes: null } : of(20, 8, (b) => b.writeBigInt64BE(BigInt(value)));
const double = (value: number): Value => of(701, 8, (b) => b.writeDoubleBE(value));
const truth = (value: boolean | null): Value => ({
  code: 16,
  bytes: value === null ? null : Buffer.from([Number(value)]),
});
const day = (value: string | null): Value =>
  value === null
    ? { code: 23, bytes: null }
    : of(23, 4, (b) => b.writeInt32BE(Date.parse(`${value}T00:00:00Z`) / 86_400_000));
const VALUES: Value[][] = [
  [text("U-2"), whole(2), double(0.1), truth(true), text(null), day("2024-01-31")],
  [text("U-10"), whole(-1), double(1e21), truth(null), text("tab\t\\end"), day(null)],
  [text("é"), whole(0), double(5e-324), truth(false), text(""), day("0001-01-01")],
  [text("U-1"), whole(null), double(1 / 3), truth(true), text("x"), day("9999-12-31")],
];
const sha256 = (...bytes: Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const each of bytes) hash.update(each);
  return hash.digest();
};
function canonical(row: Value[]): Buffer {
  const int4 = (value: number) => of(0, 4, (b) => b.writeInt32BE(value)).bytes!;
  const values = row.map(({ code, bytes }) =>
    Buffer.concat([int4(code), int4(bytes?.length ?? -1), bytes ?? Buffer.alloc(0)]),
  );
  return Buffer.concat([int4(row.length), ...values]);
}
function secondEdition(rows: Value[][], header = HEADER): string {
  const buckets = Array.from({ length: 256 }, (_, bucket) => {
    const inIt = rows.filter(([key]) => sha256(key!.bytes!)[0] === bucket);
    return sha256(...inIt.map((row) => sha256(canonical(row))).sort(Buffer.compare));
  });
  return sha256(Buffer.from(`${header.replace("user_id", "user_id:string")}\n`), ...buckets).toString("hex");
}

/** Types that JavaScript has no numbers for, by the same other implementation. */
const EXACT = {
  name: "e",
  key: "user_id",
  columns: declaredColumns(
    source("e", {
      columns: {
        n: bigint(),
        m: decimal(20, 4),
        t: timestamp(),
        l: list(string()),
        i: list(int()),
        p: list(decimal(5, 2)),
        d: list(date()),
        v: vector(3),
      },
    }),
  ),
};
const EXACT_ROWS = [
  `('U-1', 9007199254740993, 12.5000::numeric(20,4), '2024-01-31 10:00:00.000001'::timestamp, '{a,"b,\\"c\\""}'::text[],
    '{1,-2}'::int[], '{1.50,100.00}'::numeric(5,2)[], '{1969-12-31}'::date[], '{0.1,-0,1e300}'::float8[])`,
  "('U-2', -9223372036854775808, -100, '1969-12-31 23:59:59.999999', '{}', '{}', '{}', '{}', '{1,2,3}')",
  "('U-3', null, null, null, null, null, null, null, null)",
];
const long = (value: bigint): Value => of(20, 8, (b) => b.writeBigInt64BE(value));
/** An array of PostgreSQL's binary format. */
function array(code: number, items: Value[]): Value {
  const int4 = (value: number) => of(0, 4, (b) => b.writeInt32BE(value)).bytes!;
  const bytes = items.flatMap(({ bytes }) => [int4(bytes!.length), bytes!]);
  const shape = items.length > 0 ? [int4(items.length), int4(1)] : [];
  const head = [int4(items.length > 0 ? 1 : 0), int4(0), int4(ITEM[code]!), ...shape];
  return { code, bytes: Buffer.concat([...head, ...bytes]) };
}
const ITEM: Record<number, number> = { 1009: 25, 1016: 20, 1022: 701, 1007: 23 };
const none = (code: number): Value => ({ code, bytes: null });
const EXACT_VALUES: Value[][] = [
  [
    ...[text("U-1"), long(9007199254740993n), text("12.5"), long(1_706_695_200_000_001n)],
    array(1009, [text("a"), text('b,"c"')]),
    array(1016, [long(1n), long(-2n)]),
    array(1009, [text("1.5"), text("100")]),
    array(1007, [day("1969-12-31")]),
    array(1022, [double(0.1), double(0), double(1e300)]),
  ],
  [
    ...[text("U-2"), long(-(2n ** 63n)), text("-100"), long(-1n)],
    ...[array(1009, []), array(1016, []), array(1009, []), array(1007, [])],
    array(1022, [double(1), double(2), double(3)]),
  ],
  [text("U-3"), none(20), none(25), none(20), none(1009), none(1016), none(1009), none(1007), none(1022)],
];
const EXACT_HEADER =
  "e\tuser_id\tn:bigint\tm:decimal(20,4)\tt:timestamp\tl:list(string)\ti:list(int)\tp:list(decimal(5,2))\td:list(date)\tv:vector(3)";

describe("the content hash of a part", () => {
  const databases: TestDatabase[] = [];
  const pools: Pool[] = [];
  beforeAll(async () => {
    for (const settings of [
      [],
      [
        "datestyle = 'German'",
        "extra_float_digits = -3",
        "timezone = 'Asia/Tokyo'",
        "bytea_output = 'escape'",
      ],
    ]) {
      const database = await createDatabase();
      databases.push(database);
      const pool = createPool(database.url, 1);
      const name = new URL(database.url).pathname.slice(1);
      for (const setting of settings) await pool.query(`alter database ${name} set ${setting}`);
      await pool.end();
      pools.push(createPool(database.url, 1));
    }
  });
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    for (const database of databases) await database.drop();
  });

  it.each([
    ["a database", 0, ROWS],
    ["another one, set to write dates and numbers otherwise", 1, ROWS],
    ["rows in another order", 0, [...ROWS].reverse()],
  ])("is that of the canonical bytes in both editions: %s", async (_, place, rows) => {
    const client = await pools[place]!.connect();
    const relation = `(select * from (values ${rows.join(", ")}) v(user_id, i, f, b, s, d))`;
    const second = await contentHash(client, PART, relation);
    const first = await contentSha256V1(client, PART, relation);
    client.release();
    expect(second.sha256).toBe(secondEdition(VALUES));
    expect(first).toBe(FIRST_EDITION);
  });

  it.each([0, 1])("is that of the canonical bytes of exact types, too, in database %i", async (place) => {
    const relation = `(select * from (values ${EXACT_ROWS.join(", ")}) v(user_id, n, m, t, l, i, p, d, v))`;
    const { sha256 } = await contentHash(pools[place]!, EXACT, relation);
    expect(sha256).toBe(secondEdition(EXACT_VALUES, EXACT_HEADER));
  });

  it("takes minus zero for zero, and an empty text for no null", async () => {
    const hashOf = async (row: string) =>
      (await contentHash(pools[0]!, PART, `(select * from (values ${row}) v(user_id, i, f, b, s, d))`))
        .sha256;
    const zero = await hashOf("('U', 1, 0::float8, true, '', null::date)");
    expect(await hashOf("('U', 1, '-0'::float8, true, '', null::date)")).toBe(zero);
    expect(await hashOf("('U', 1, 0::float8, true, null::text, null::date)")).not.toBe(zero);
  });

  it("differs in the bucket of the changed key alone", async () => {
    const bucketsOf = async (rows: string[]) =>
      (
        await contentHash(
          pools[0]!,
          PART,
          `(select * from (values ${rows.join(", ")}) v(user_id, i, f, b, s, d))`,
        )
      ).buckets;
    const before = await bucketsOf(ROWS);
    const after = await bucketsOf(ROWS.map((row) => row.replace("0.1::float8", "0.2::float8")));
    const differing = Array.from({ length: 256 }, (_, i) => i).filter(
      (i) => !before.subarray(i * 32, i * 32 + 32).equals(after.subarray(i * 32, i * 32 + 32)),
    );
    expect(differing).toEqual([sha256(Buffer.from("U-2"))[0]]);
  });

  it("fails with the database's own error where the connection ends under it", async () => {
    const client = await pools[0]!.connect();
    const refused = expect(
      contentHash(
        client,
        PART,
        `(select v.*, pg_sleep(60) from (values ${ROWS.join(", ")})
      v(user_id, i, f, b, s, d))`,
      ),
    ).rejects.toMatchObject({ code: "57P01" });
    const other = createPool(databases[0]!.url, 1);
    await until("its backend was ended", async () => {
      const { rows } = await other.query(
        "select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity where datname = current_database() and query like 'select bucket%pg_sleep%' and pid <> pg_backend_pid()",
      );
      return rows[0].ended === 1;
    });
    await refused;
    client.release(true);
    await other.end();
  });

  it("adds up to the snapshot's, whatever order the parts are declared in", () => {
    const parts = [
      { name: "b", contentSha256: "2" },
      { name: "a", contentSha256: "1" },
    ];
    const expected = createHash("sha256").update("a\t1\nb\t2\n").digest("hex");
    expect(overallSha256(parts)).toBe(expected);
    expect(overallSha256(parts.reverse())).toBe(expected);
  });
});

describe("one changed cell", () => {
  const USER = "U-1";
  const LINE: Record<string, string> = {
    subscriptions: `${USER},0,,True,Month-to-month,True,20.5,100.25,DSL`,
    usage_agg_30d: `${USER},0.125,29.5,1,0,0`,
    payments_agg_90d: `${USER},0`,
    support_agg_90d: `${USER},0,0.5`,
    labels: `${USER},True`,
  };
  let app: TestApp;
  let base: Record<string, string>;
  let baseLine: (file: string) => Files;

  async function hashes(files: Files): Promise<Record<string, string>> {
    writeDelivery(app.dataDir, "delivery", files);
    const run = await app.client.ingest("delivery", "2024-01-31");
    expect(run.error).toBeNull();
    const { snapshot } = await app.client.query(
      '{ snapshot(asOf: "2024-01-31") { contentSha256 views { name contentSha256 } } }',
    );
    const views = snapshot.views.map((view: any) => [view.name, view.contentSha256]);
    return { ...Object.fromEntries(views), snapshot: snapshot.contentSha256 };
  }

  beforeAll(async () => {
    app = await startTestApp();
    const files = smallDelivery([USER, "U-2"]);
    for (const [file, line] of Object.entries(LINE)) files[file]![1] = line;
    baseLine = (file) => ({ ...files, [file]: [...files[file]!] });
    base = await hashes(files);
  });
  afterAll(() => app?.stop());

  it.each([
    ["subs_profile", "subscriptions", "months_active", `${USER},1,,True,Month-to-month,True,20.5,100.25,DSL`],
    [
      "subs_profile",
      "subscriptions",
      "plan_stream_tv",
      `${USER},0,False,True,Month-to-month,True,20.5,100.25,DSL`,
    ],
    [
      "subs_profile",
      "subscriptions",
      "plan_stream_movies",
      `${USER},0,,,Month-to-month,True,20.5,100.25,DSL`,
    ],
    [
      "subs_profile",
      "subscriptions",
      "paperless_billing",
      `${USER},0,,True,Month-to-month,False,20.5,100.25,DSL`,
    ],
    [
      "subs_profile",
      "subscriptions",
      "monthly_fee",
      `${USER},0,,True,Month-to-month,True,20.500000000000004,100.25,DSL`,
    ],
    ["subs_profile", "subscriptions", "net_service", `${USER},0,,True,Month-to-month,True,20.5,100.25,No`],
    ["usage_agg_30d", "usage_agg_30d", "watch_hours_30d", `${USER},0.12500000000000003,29.5,1,0,0`],
    ["usage_agg_30d", "usage_agg_30d", "avg_session_mins_7d", `${USER},0.125,,1,0,0`],
    ["usage_agg_30d", "usage_agg_30d", "unique_devices_30d", `${USER},0.125,29.5,2147483647,0,0`],
    ["usage_agg_30d", "usage_agg_30d", "skips_7d", `${USER},0.125,29.5,1,,0`],
    ["usage_agg_30d", "usage_agg_30d", "rebuffer_events_7d", `${USER},0.125,29.5,1,0,1`],
    ["payments_agg_90d", "payments_agg_90d", "failed_payments_90d", `${USER},`],
    ["support_agg_90d", "support_agg_90d", "support_tickets_90d", `${USER},1,0.5`],
    ["support_agg_90d", "support_agg_90d", "ticket_avg_resolution_hrs_90d", `${USER},0,5e-324`],
    ["labels", "labels", "churn_label", `${USER},False`],
    [
      "subs_profile",
      "subscriptions",
      "contract_type, in no view",
      `${USER},0,,True,One year,True,20.5,100.25,DSL`,
    ],
    [null, "users", "user_gender, of the entity", `${USER},2020-01-01,Male,False,False,False`],
  ])(
    "of %s (%s.%s) changes the hash of what is read from that file, and the snapshot's",
    async (view, file, _, line) => {
      const files = baseLine(file);
      files[file]![1] = line;
      const changed = await hashes(files);
      const differing = Object.keys(base).filter((name) => changed[name] !== base[name]);
      expect(differing.sort()).toEqual([...(view ? [view] : []), "snapshot"].sort());
    },
  );
});
