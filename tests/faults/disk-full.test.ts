import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, retry, startCluster, startTraining } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { learnableMonth, STRONG, USERS } from "../support/months.js";

const JANUARY = "2024-01-31";
const TRAINING = { asOf: JANUARY, seed: 1, params: STRONG };
const FULL = {
  code: "SERVICE_UNAVAILABLE",
  message: expect.stringMatching(
    /^the database's disk is full, nothing was written; free some space there .* retryRun/,
  ),
};

/** A small disk of its own, or null where none can be mounted. */
function mountSmallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "asof-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]);
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  return null;
}

function unmount(disk: string): void {
  spawnSync("umount", [disk]);
  rmSync(disk, { recursive: true });
}

function canMount(): boolean {
  const disk = process.env.TEST_DATABASE_URL ? null : mountSmallDisk();
  if (disk) unmount(disk);
  return disk !== null;
}

describe.skipIf(!canMount())(
  "while the disk that artifacts are on is full (skipped where none can be mounted)",
  () => {
    let disk: string;
    let ballast: string;
    const space = `asof_small_${process.pid}`;
    let cluster: Cluster;
    let api: GraphQLClient;

    beforeAll(async () => {
      disk = mountSmallDisk()!;
      ballast = join(disk, "ballast");
      cluster = await startCluster();
      writeDelivery(cluster.dataDir, "january", learnableMonth());
      api = (await cluster.start("all")).client;
      expect(await api.ingest("january", JANUARY)).toMatchObject({ error: null });
      expect(await api.train(TRAINING)).toMatchObject({ error: null });
      await api.query("mutation { promote(input: { version: 1 }) { version } }");
      const [{ data_directory: data }] = (await cluster.sql("show data_directory")) as [
        { data_directory: string },
      ];
      const folder = mkdtempSync(join(disk, "space-"));
      chmodSync(disk, 0o755);
      chownSync(folder, statSync(data).uid, statSync(data).gid);
      await cluster.sql(`create tablespace ${space} location '${folder}'`);
      for (const table of ["artifact_blobs", "artifact_pieces", "artifacts"])
        await cluster.sql(`alter table ${table} set tablespace ${space}`);
      writeFileSync(ballast, "");
      fill();
    });
    afterAll(async () => {
      await cluster?.stop();
      // Of the whole server; its database is gone.
      const other = await startCluster();
      await other.sql(`drop tablespace if exists ${space}`);
      await other.stop();
      spawnSync("umount", [disk]);
      rmSync(disk, { recursive: true });
    });

    function fill(): void {
      const { bavail, bsize } = statfsSync(disk);
      const bytes = statSync(ballast).size + bavail * bsize;
      writeFileSync(ballast, Buffer.alloc(bytes));
    }

    const kept = () =>
      cluster.sql(
        `select (select count(*)::int from artifacts) as artifacts, (select count(*)::int from artifact_blobs) as blobs,
         (select count(*)::int from artifact_pieces) as pieces, (select count(*)::int from model_versions) as versions`,
      );
    const served = async () =>
      (await api.query(`{ predict(userId: "${USERS[0]}") { probability modelVersion { version } } }`))
        .predict;

    it("an export fails and says what to do, keeps nothing, and succeeds when it is retried with room again", async () => {
      const before = { kept: await kept(), served: await served() };
      const { exportTrainingSet } = await api.query(
        'mutation { exportTrainingSet(input: { asOfFrom: "2024-01-31" }) { id } }',
      );
      const failed = await api.finished(exportTrainingSet.id);
      expect(failed.error).toMatchObject({ ...FULL, step: expect.stringMatching(/^write_/) });
      expect(failed.artifacts).toEqual([]);
      expect(await kept()).toEqual(before.kept);
      expect(await served()).toEqual(before.served);
      truncateSync(ballast);
      expect(await retry(api, failed.id)).toMatchObject({ retryRun: { attempt: 2 } });
      expect(await api.finished(failed.id)).toMatchObject({ status: "SUCCEEDED", error: null });
    });

    it("a training registers nothing, and makes the same model when it is retried with room again", async () => {
      fill();
      const [before] = await kept();
      const training = { ...TRAINING, seed: 2 };
      const id = await startTraining(api, training);
      const failed = await api.finished(id);
      expect(failed.error).toMatchObject(FULL);
      expect(failed.modelVersion).toBeNull();
      expect((await kept())[0]).toMatchObject({ versions: before!.versions });
      expect((await served()).modelVersion.version).toBe(1);
      truncateSync(ballast);
      await retry(api, id);
      const run = await api.finished(id);
      expect(run).toMatchObject({ status: "SUCCEEDED", error: null, modelVersion: { version: 2 } });
      const { modelVersion: undisturbed } = await api.train(training);
      expect(run.modelVersion!.sha256).toBe(undisturbed!.sha256);
    });

    it("a request that would keep a file is refused with 503, and is taken once there is room", async () => {
      const { createRun } = await api.query("mutation { createRun(input: {}) { id } }");
      const upload = () =>
        fetch(`${api.address}/runs/${createRun.id}/artifacts/notes.bin`, {
          method: "POST",
          headers: { "content-type": "application/octet-stream" },
          body: new Uint8Array(512 * 1024).map((_, i) => (i * 2_654_435_761) >>> 13),
        });
      fill();
      const refused = await upload();
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({
        error: {
          code: "SERVICE_UNAVAILABLE",
          message: expect.stringContaining("the database's disk is full"),
        },
      });
      truncateSync(ballast);
      expect((await upload()).status).toBe(201);
    });
  },
);
