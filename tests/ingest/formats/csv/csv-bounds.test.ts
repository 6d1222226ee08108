import { createGunzip, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { UnpackedLimit, unpackedAtMost } from "../../../../src/ingest/delivered-records.js";
import { headerProblems } from "../../../../src/ingest/expectations/delivery/header-problems.js";
import { csvRecords } from "../../../../src/ingest/formats/csv/csv-records.js";

async function* pieces(...texts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text as string);
}

describe("a CSV file takes no more memory than its longest row", () => {
  it("where its header has as many names as fit in a row", () => {
    const header = Array.from({ length: 500_000 }, (_, i) => String(i % 300_000));
    const startedAt = performance.now();
    const problems = headerProblems(header, {
      delimiter: ",",
      columns: ["user_id", "5"],
      extraColumns: "refuse",
    });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(problems[0]).toBe("user_id is missing");
    expect(problems).toContain("0 is there twice");
    expect(problems.length).toBeLessThan(300);
  });

  it("where quoted rows have as many cells as bytes", async () => {
    const row = `"a"${",".repeat(400_000)}\n`;
    let largest = 0;
    for await (const batch of csvRecords(pieces('"x"\n', ...Array.from({ length: 40 }, () => row)))) {
      largest = Math.max(
        largest,
        batch.reduce((cells, { fields }) => cells + fields.length, 0),
      );
    }
    expect(largest).toBeLessThan(500_000);
  });

  it.each([
    ["a line", "a\n"],
    ["a quoted value", 'a\n"'],
  ])("where %s never ends", async (_, start) => {
    let given = 0;
    const block = Buffer.alloc(1 << 16, "x");
    async function* endless() {
      yield Buffer.from(start);
      for (; ; given += block.length) yield block;
    }
    await expect(
      (async () => {
        for await (const _batch of csvRecords(endless()));
      })(),
    ).rejects.toThrow(/a row is longer than 1048576 bytes|a quote opened here is never closed/);
    expect(given).toBeLessThan(4 << 20);
  });
});

describe("what a packed file becomes", () => {
  const labels = gzipSync(`user_id,churn_label\n${"U-1,True\n".repeat(1 << 17)}`);

  it.each([
    ["bytes", (limit: UnpackedLimit) => limit.bytes(createGunzip().end(labels))],
    ["records", (limit: UnpackedLimit) => limit.records(csvRecords(createGunzip().end(labels)))],
  ] as const)("is counted in %s, and refused with the way to deliver it all the same", async (_, counted) => {
    const all = 9 * (1 << 17) + 20;
    for await (const _part of counted(new UnpackedLimit(all)));
    await expect(
      (async () => {
        for await (const _part of counted(new UnpackedLimit(all - 10)));
      })(),
    ).rejects.toThrow(`it unpacks to more than ${all - 10} bytes; deliver it as plain CSV if that is meant`);
  });

  it("may be a gigabyte, or 200 times its size", () => {
    expect(unpackedAtMost(1_000)).toBe(2 ** 30);
    expect(unpackedAtMost(2 ** 30)).toBe(200 * 2 ** 30);
  });
});
