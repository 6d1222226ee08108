import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

/** A disk of its own, or null where none can be mounted. */
function mountDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "asof-full-"));
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=600m", "tmpfs", folder]).status === 0) return folder;
  rmSync(folder, { recursive: true });
  return null;
}
const disk = mountDisk();

describe.skipIf(disk === null)(
  "the disk of the embedded database (skipped where none can be mounted)",
  () => {
    let asof: TestProcess;
    let data: string;
    const ballast = join(disk ?? "", "ballast");

    beforeAll(async () => {
      chmodSync(disk!, 0o755);
      data = mountDisk()!;
      for (const month of ["one", "two", "three"]) writeDelivery(data, month, smallDelivery(userIds(50)));
      // Nothing is ever written to DATA_DIR: all of this goes on from one that is read-only.
      expect(spawnSync("mount", ["-o", "remount,ro", data]).status).toBe(0);
      asof = await startProcess({ ASOF_HOME: join(disk!, "home"), DATA_DIR: data, DATABASE_URL: "" });
      expect((await asof.client.ingest("one", "2024-01-31")).error).toBeNull();
    });
    afterAll(async () => {
      await asof?.stop();
      spawnSync("umount", [disk!, data]);
      for (const folder of [disk!, data]) rmSync(folder, { recursive: true, force: true });
    });

    function fill(leaveBytes: number): void {
      const { bavail, bsize } = statfsSync(disk!);
      const piece = Buffer.alloc(1 << 20);
      for (let left = bavail * bsize - leaveBytes; left > 0; left -= piece.length)
        writeFileSync(ballast, piece.subarray(0, Math.min(piece.length, left)), { flag: "a" });
    }
    const health = async () => (await fetch(`${asof.client.address}/health`)).json();
    const ready = async () => (await fetch(`${asof.client.address}/ready`).catch(() => null))?.status;

    it("with 2 MB left is DEGRADED in health, and asof serves on", async () => {
      expect(await health()).toMatchObject({ status: "OK", database: "OK" });
      fill(2 << 20);
      expect(await health()).toMatchObject({ status: "DEGRADED", database: "DEGRADED" });
      const asked = await asof.client.query("{ health { status problems { subject message remedy } } }");
      expect(asked.health.problems).toContainEqual({
        subject: "disk",
        message: expect.stringMatching(/^the disk of \S+ has [12] MiB left/),
        remedy: expect.stringMatching(/^free some space/),
      });
      expect(await ready()).toBe(200);
    });

    it("filled to the last byte and freed again: what fails says why, and all goes on by itself", async () => {
      fill(0);
      const { ingest } = await asof.client
        .query('mutation { ingest(input: { source: "two", asOf: "2024-02-29" }) { id } }')
        .catch(() => ({ ingest: null }));
      // Refused, or a run whose end cannot be written either as long as there is no room.
      const seen = /No space left|could not extend|disk is full|PostgreSQL is gone/;
      if (ingest) await until("the full disk is noticed", () => seen.test(asof.output()), 60_000);
      truncateSync(ballast);
      await until("asof is ready again", async () => (await ready()) === 200, 60_000);
      expect(await health()).toMatchObject({ status: "OK" });
      expect((await asof.client.ingest("three", "2024-03-31")).error).toBeNull();
    });
  },
);
