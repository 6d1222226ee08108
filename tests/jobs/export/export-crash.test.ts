import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Cluster, cancel, startCluster, startIngest } from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { GraphQLClient } from "../../support/graphql.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

// Processes of its own take seconds to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MONTHS = ["2024-01-31", "2024-02-29"];
const [FROM, TO] = MONTHS;

describe("an export", () => {
  let cluster: Cluster;
  let api: GraphQLClient;
  let survivor: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster();
    const [first, second] = await Promise.all([cluster.start("api"), cluster.start("worker")]);
    api = first.client;
    survivor = second;
    for (const month of MONTHS) {
      writeDelivery(cluster.dataDir, month, smallDelivery(userIds(15_000)));
      expect((await api.finished(await startIngest(api, month, month))).error).toBeNull();
    }
    await cluster.sql(
      `create function hold_second_piece() returns trigger language plpgsql as $$
       begin
         if new.start = 1024 * 1024 then perform pg_advisory_xact_lock_shared(4711); end if;
         return new;
       end $$`,
    );
    await cluster.sql(
      `create function hold_row() returns trigger language plpgsql as $$
       begin perform pg_advisory_xact_lock_shared(4711); return new; end $$`,
    );
    await cluster.sql(
      `create trigger hold_second_part before insert on artifacts for each row
       when (new.name = 'training_set/part-00001.parquet') execute function hold_row()`,
    );
    await cluster.sql(
      "create trigger hold_second_piece before insert on artifact_pieces for each row execute function hold_second_piece()",
    );
  });
  afterAll(() => cluster?.stop());

  async function start(more: Record<string, unknown> = {}): Promise<string> {
    const { exportTrainingSet } = await api.query(
      "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id } }",
      { input: { asOfFrom: FROM, asOfTo: TO, ...more } },
    );
    return exportTrainingSet.id;
  }

  /** Holds exports at their second piece, one being kept in their transaction, until it is called. */
  async function holdSecondPiece(): Promise<() => Promise<unknown>> {
    const session = await cluster.session();
    await session.query("select pg_advisory_lock(4711)");
    return () => session.query("select pg_advisory_unlock(4711)");
  }
  const isHeld = () =>
    until("an export waits to keep its second piece", async () => {
      const rows = await cluster.sql(
        `select 1 from pg_locks where locktype = 'advisory' and objid = 4711 and database = (select oid from pg_database where datname = current_database()) and not granted`,
      );
      return rows.length > 0;
    });
  const kept = () =>
    cluster.sql(
      `select (select count(*)::int from artifacts) as artifacts, (select count(*)::int from artifact_blobs) as blobs,
         (select count(*)::int from artifact_pieces) as pieces`,
    );
  const filesOf = async (id: string) => {
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
    return { run, files: run.artifacts.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })) };
  };

  it("that is cancelled while it writes leaves no artifact, no blob and no piece", async () => {
    const before = await kept();
    const release = await holdSecondPiece();
    const id = await start();
    await isHeld();
    await cancel(api, id);
    await release();
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "CANCELLED", artifacts: [] });
    await until("no backend is in the export's transaction", async () => {
      const rows = await cluster.sql(
        `select 1 from pg_locks
         where relation = 'artifact_pieces'::regclass and database = (select oid from pg_database where datname = current_database()) and mode = 'RowExclusiveLock'`,
      );
      return rows.length === 0;
    });
    expect(await kept()).toEqual(before);
  });

  it("whose process is killed while it writes is continued by another, to the same bytes", async () => {
    const victim = await cluster.start("worker");
    survivor.child.kill("SIGSTOP");
    const release = await holdSecondPiece();
    const id = await start();
    await isHeld();
    await victim.kill();
    survivor.child.kill("SIGCONT");
    await release();
    const { run, files } = await filesOf(id);
    expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual([
      ["write_csv", 2],
      ["write_parquet", 1],
    ]);
    const undisturbed = await filesOf(await start());
    expect(undisturbed.run.steps.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(files).toEqual(undisturbed.files);
    expect(files.map(({ name }) => name).sort()).toEqual(["training_set.csv", "training_set.parquet"]);
    expect(
      await cluster.sql(
        "select count(distinct upload)::int as uploads from artifact_pieces where upload not in (select upload from artifact_blobs where upload is not null)",
      ),
    ).toEqual([{ uploads: 0 }]);
  });

  it("in parts whose process is killed between two of them has left none, and is continued to the same bytes", async () => {
    const parts = { formats: ["PARTS"], partRows: 10_000, heldOut: {} };
    const victim = await cluster.start("worker");
    survivor.child.kill("SIGSTOP");
    const release = await holdSecondPiece();
    const id = await start(parts);
    await isHeld();
    await victim.kill();
    expect(await cluster.sql("select name from artifacts where run_id = $1", [id])).toEqual([]);
    survivor.child.kill("SIGCONT");
    await release();
    const { run, files } = await filesOf(id);
    expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual([["write_parts", 2]]);
    expect(files).toEqual((await filesOf(await start(parts))).files);
    expect(files.map(({ name }) => name)).toEqual([
      "training_set.json",
      ...["00000", "00001", "00002"].map((number) => `training_set/part-${number}.parquet`),
    ]);
  });
});
