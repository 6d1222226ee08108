import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRecords } from "../../../../src/ingest/formats/csv/csv-records.js";
import type { DeliveredRecord } from "../../../../src/ingest/formats/file-format.js";

async function* inChunks(bytes: Buffer, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function read(content: string | Buffer, size = 1 << 16): Promise<[number, ...string[]][]> {
  const records: DeliveredRecord[] = [];
  for await (const batch of csvRecords(inChunks(Buffer.from(content), size))) records.push(...batch);
  return records.map(({ line, fields }) => [line, ...fields]);
}

describe("the records of a CSV file", () => {
  it.each<[string, string, [number, ...string[]][]]>([
    ["nothing", "", []],
    ["only line ends", "\n\r\n\r", []],
    [
      "a last line without an end",
      "a,b\n1,2",
      [
        [1, "a", "b"],
        [2, "1", "2"],
      ],
    ],
    [
      "CRLF, LF and CR mixed",
      "a\r\nb\nc\rd\r\n",
      [
        [1, "a"],
        [2, "b"],
        [3, "c"],
        [4, "d"],
      ],
    ],
    [
      "only CR",
      "a,b\r1,2\r",
      [
        [1, "a", "b"],
        [2, "1", "2"],
      ],
    ],
    [
      "blank lines, which are counted",
      "a\n\n\r\nb\n",
      [
        [1, "a"],
        [4, "b"],
      ],
    ],
    [
      "a BOM",
      "\ufeffa,b\n1,2\n",
      [
        [1, "a", "b"],
        [2, "1", "2"],
      ],
    ],
    [
      "a BOM and quotes",
      '\ufeff"a",b\n1,2\n',
      [
        [1, "a", "b"],
        [2, "1", "2"],
      ],
    ],
    [
      "empty fields",
      "a,b\n,\n",
      [
        [1, "a", "b"],
        [2, "", ""],
      ],
    ],
    [
      "rows of other lengths",
      "a,b\n1\n1,2,3\n",
      [
        [1, "a", "b"],
        [2, "1"],
        [3, "1", "2", "3"],
      ],
    ],
    [
      "letters of several bytes",
      "é,\u{1f600}\nü,x\n",
      [
        [1, "é", "\u{1f600}"],
        [2, "ü", "x"],
      ],
    ],
    [
      "a quote far below",
      'a\n\nb\r\nc\n"d\n""e",f\ng\n',
      [
        [1, "a"],
        [3, "b"],
        [4, "c"],
        [5, 'd\n"e', "f"],
        [7, "g"],
      ],
    ],
  ])("%s, cut anywhere, are the same", async (_, content, expected) => {
    for (let size = 1; size <= Buffer.byteLength(content) + 1; size++) {
      expect(await read(content, size)).toEqual(expected);
    }
  });

  it("are those of csv-parse for any text without quotes", async () => {
    const text = fc.array(fc.constantFrom("a", "é", "\u{1f600}", ",", "\n", "\r", "\r\n", " ", "\0", "\t"), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (parts, size) => {
        const content = parts.join("");
        // A quoted first row sends everything to csv-parse.
        const [, ...parsed] = await read(`"q"\n${content}`, size);
        const cut = await read(`q\n${content}`, size);
        expect(cut.slice(1)).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["is never closed", 'a\n\nb\n"c\nd\n', 4, "a quote opened here is never closed"],
    ["goes on", 'a\n"b"c\n', 2, "a quoted value goes on after its closing quote"],
    ["begins inside a value", 'a\nb\nc"d\n', 3, "a quote begins inside a value"],
  ])("end at a quote that %s, wherever the file is cut", async (_, content, line, message) => {
    for (let size = 1; size <= content.length; size++) {
      await expect(read(content, size)).rejects.toMatchObject({
        line,
        message: expect.stringContaining(message),
      });
    }
  });

  it.each([
    ["a byte order mark", Buffer.from("\ufeffa,b\n1,2\n", "utf16le")],
    ["a byte order mark, big-endian", Buffer.from("\ufeffa,b\n1,2\n", "utf16le").swap16()],
    ["no mark", Buffer.from("a,b\n1,2\n", "utf16le")],
    ["no mark, big-endian", Buffer.from("a,b\n1,2\n", "utf16le").swap16()],
    ["a mark and quotes", Buffer.from('\ufeff"a",b\n', "utf16le")],
  ])("are none of UTF-16 with %s", async (_, bytes) => {
    for (const size of [1, 2, 3, bytes.length]) {
      await expect(read(bytes, size)).rejects.toMatchObject({
        line: 1,
        message: `it is text in UTF-16 (Excel's "Unicode text"); save it as CSV in UTF-8`,
      });
    }
  });

  it("end at a line of a gigabyte after little more than the longest row", async () => {
    let sent = 0;
    async function* endless() {
      yield Buffer.from("a,b\n1,2\n");
      for (const chunk = Buffer.alloc(1 << 16, "x"); sent < 1 << 30; sent += chunk.length) yield chunk;
    }
    const reading = (async () => {
      for await (const _ of csvRecords(endless()));
    })();
    await expect(reading).rejects.toMatchObject({
      line: 3,
      message: "a row is longer than 1048576 bytes; is a closing quote missing?",
    });
    expect(sent).toBeLessThan(4 << 20);
  });
});
