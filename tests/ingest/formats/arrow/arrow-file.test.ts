import {
  Binary,
  Bool,
  CompressionType,
  compressionRegistry,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int32,
  Int64,
  LargeUtf8,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
  TimeMillisecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint64,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import { arrowRecords } from "../../../../src/ingest/formats/arrow/arrow-records.js";
import { FileUnreadableError } from "../../../../src/ingest/formats/file-format.js";

const inMemory = (bytes: Uint8Array) => ({
  read: async (buffer: Buffer, offset: number, length: number, position: number) => ({
    bytesRead: Buffer.from(bytes).copy(buffer, offset, position, position + length),
  }),
  stat: async () => ({ size: bytes.length }),
  close: async () => {},
});
async function textsOf(bytes: Uint8Array, instants: string[] = []) {
  const rows: string[][] = [];
  for await (const batch of arrowRecords(inMemory(bytes), () => {}, { instants: new Set(instants) }))
    for (const { fields } of batch) rows.push(fields);
  return rows;
}
const tableOf = (columns: Record<string, Vector>) => new Table(columns as never);
const fileOf = (table: Table) => RecordBatchFileWriter.writeAll(table).toUint8Array(true);
const streamOf = (table: Table) => RecordBatchStreamWriter.writeAll(table).toUint8Array(true);
const failure = async (bytes: Uint8Array): Promise<FileUnreadableError> => {
  try {
    await textsOf(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FileUnreadableError);
    return error as FileUnreadableError;
  }
  throw new Error("it was read");
};

const BIG = 9007199254740993n;
const words = vectorFromArray(["a", null, 'b"', "a"], new Dictionary(new Utf8(), new Int32()));
const decimals = makeVector(new Decimal(2, 20, 128), [1n, -1250n, 0n, BIG]);

/** Little-endian words of decimals. */
function makeVector(type: Decimal, values: bigint[]): Vector {
  const data = new Uint32Array(values.length * 4);
  values.forEach((value, i) => {
    for (let word = 0; word < 4; word++)
      data[i * 4 + word] = Number(BigInt.asUintN(32, BigInt.asUintN(128, value) >> BigInt(32 * word)));
  });
  return new (vectorFromArray([1]).constructor as any)([makeData({ type, length: values.length, data })]);
}

describe("an Arrow file", () => {
  const columns: Record<string, Vector> = {
    id: vectorFromArray(["S-1", "S-2", "é", ""], new Utf8()),
    word: words,
    large: vectorFromArray(["x", null, "y", "z"], new LargeUtf8()),
    int: vectorFromArray([1, null, -3, 2_147_483_647], new Int32()),
    tiny: vectorFromArray([1, 2, -128, null], new Int8()),
    big: vectorFromArray([BIG, null, -BIG, 0n], new Int64()),
    unsigned: vectorFromArray([18_446_744_073_709_551_615n, 0n, 1n, null], new Uint64()),
    float: vectorFromArray([0.1, null, -0.5, 1e300], new Float64()),
    single: vectorFromArray([0.5, null, 0.25, 1], new Float32()),
    bool: vectorFromArray([true, false, null, true], new Bool()),
    decimal: decimals,
    day: vectorFromArray([new Date("1969-12-31"), null, new Date("2024-02-29"), new Date(0)], new DateDay()),
    bytes: vectorFromArray([Buffer.from("é"), null, Buffer.from("x"), Buffer.from("")], new Binary()),
    list: vectorFromArray([["a", null], null, [], ['q"']], new List(new Field("item", new Utf8(), true))),
    fixed: vectorFromArray(
      [[1, 2], [0.5, -1], null, [3, 4]],
      new FixedSizeList(2, new Field("item", new Float64(), false)),
    ),
  };
  const expected = [
    Object.keys(columns),
    [
      "S-1",
      "a",
      "x",
      "1",
      "1",
      String(BIG),
      "18446744073709551615",
      "0.1",
      "0.5",
      "True",
      "0.01",
      "1969-12-31",
      "é",
      '["a",null]',
      "[1,2]",
    ],
    ["S-2", "", "", "", "2", "", "0", "", "", "False", "-12.50", "", "", "", "[0.5,-1]"],
    [
      "é",
      'b"',
      "y",
      "-3",
      "-128",
      String(-BIG),
      "1",
      "-0.5",
      "0.25",
      "",
      "0.00",
      "2024-02-29",
      "x",
      "[]",
      "",
    ],
    [
      "",
      "a",
      "z",
      "2147483647",
      "",
      "0",
      "",
      "1e+300",
      "1",
      "True",
      "90071992547409.93",
      "1970-01-01",
      "",
      '["q\\""]',
      "[3,4]",
    ],
  ];

  it("and a stream are read as the texts of a CSV, every digit of them", async () => {
    const table = tableOf(columns);
    expect(await textsOf(fileOf(table))).toEqual(expected);
    expect(await textsOf(streamOf(table))).toEqual(expected);
  });

  it("has instants of any unit and zone, and local times", async () => {
    const stamps = (type: any, values: (bigint | null)[]) => {
      const data = BigInt64Array.from(values.map((value) => value ?? 0n));
      return new (vectorFromArray([1]).constructor as any)([makeData({ type, length: values.length, data })]);
    };
    const table = tableOf({
      second: stamps(new TimestampSecond("Europe/Berlin"), [1_706_698_800n, 0n]),
      micro: stamps(new TimestampMicrosecond("UTC"), [-1n, 0n]),
      nano: stamps(new TimestampNanosecond("UTC"), [1n, 0n]),
      local: stamps(new TimestampMicrosecond(), [1_706_698_800_000_001n, 0n]),
      day: stamps(new TimestampMicrosecond("UTC"), [0n, 86_400_000_000n]),
    });
    expect(await textsOf(fileOf(table), ["second", "micro", "nano", "local"])).toEqual([
      ["second", "micro", "nano", "local", "day"],
      [
        "2024-01-31T11:00:00.000Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00.000000001Z",
        "2024-01-31T11:00:00.000001",
        "1970-01-01",
      ],
      [
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000",
        "1970-01-02",
      ],
    ]);
  });

  it("of many batches is read batch by batch, each row by its number", async () => {
    const schema = new Schema([new Field("n", new Int32())]);
    const batches = Array.from({ length: 5 }, (_, batch) => {
      const data = Int32Array.from({ length: 1_000 }, (_, i) => batch * 1_000 + i);
      return new RecordBatch(
        schema,
        makeData({
          type: new Struct(schema.fields),
          children: [makeData({ type: new Int32(), data })],
        }) as never,
      );
    });
    const bytes = fileOf(new Table(batches));
    let next = 1;
    for await (const batch of arrowRecords(inMemory(bytes), () => {})) {
      expect(batch.length).toBeLessThanOrEqual(256);
      if (batch[0]!.fields[0] === "n") continue;
      for (const { line, fields } of batch) expect([line, fields]).toEqual([next, [String(next++ - 1)]]);
    }
    expect(next).toBe(5_001);
  });

  it.each([
    ["times of day", "time", vectorFromArray([1], new TimeMillisecond())],
    ["structs", "s", vectorFromArray([{ a: 1 }], new Struct([new Field("a", new Int32())]))],
    [
      "lists of structs",
      "l",
      vectorFromArray([[{ a: 1 }]], new List(new Field("i", new Struct([new Field("a", new Int32())])))),
    ],
    [
      "lists of lists",
      "ll",
      vectorFromArray([[[1]]], new List(new Field("i", new List(new Field("j", new Int32()))))),
    ],
  ])("with %s is refused by the column's name", async (what, name, vector) => {
    const { message } = await failure(
      fileOf(tableOf({ ok: vectorFromArray([1], new Int32()), [name]: vector as Vector })),
    );
    expect(message).toContain(`column "${name}" holds ${what}`);
  });

  it("that is cut off anywhere, or is none, is refused", async () => {
    const bytes = fileOf(tableOf(columns));
    for (let length = 0; length < bytes.length - 1; length += 97)
      await failure(bytes.subarray(0, length === 0 ? 1 : length));
    expect((await failure(Buffer.from("id,name\n1,2\n3,4\n"))).message).toContain(
      "it cannot be read as Arrow",
    );
  });

  it("whose values lie outside of their buffers is refused", async () => {
    const bytes = Buffer.from(fileOf(tableOf({ id: vectorFromArray(["abc", "def"], new Utf8()) })));
    const offsets = Buffer.from(Int32Array.of(0, 3, 6).buffer);
    const at = bytes.indexOf(offsets);
    expect(at).toBeGreaterThan(0);
    for (const offset of [100, 2_147_483_647, -1, 2]) {
      const damaged = Buffer.from(bytes);
      damaged.writeInt32LE(offset, at + 8);
      expect((await failure(damaged)).message).toContain("a value ends outside its column");
    }
  });

  it("that is compressed by LZ4 or ZSTD is read as it was written", async () => {
    const table = tableOf({ id: vectorFromArray(["a".repeat(1_000), "a".repeat(77)], new Utf8()) });
    const plain = await textsOf(fileOf(table));
    expect(await textsOf(packedStream(table, CompressionType.LZ4_FRAME, lz4Run))).toEqual(plain);
    expect(await textsOf(packedStream(table, CompressionType.ZSTD, zstdRun))).toEqual(plain);
  });

  it("whose compressed buffers are damaged, or larger than is read, is refused", async () => {
    const table = tableOf({ id: vectorFromArray(["a".repeat(1_000)], new Utf8()) });
    const backwards: Pack = (byte, times) => {
      const frame = lz4Run(byte, times);
      // A copy from before the beginning.
      frame.writeUInt16LE(2, 13);
      return frame;
    };
    const packed = (pack: Pack, said?: bigint) =>
      failure(packedStream(table, CompressionType.LZ4_FRAME, pack, said));
    expect((await packed(backwards)).message).toContain("a buffer's LZ4 data is damaged");
    expect((await packed(lz4Run, 999n)).message).toContain("a buffer's LZ4 data is damaged");
    expect((await packed(lz4Run, 1n << 40n)).message).toContain("once it is unpacked; at most");
  });

  it("whose metadata goes back in the file, or round in circles, is refused at once", async () => {
    const bytes = Buffer.from(streamOf(tableOf(columns)));
    const back = Buffer.from(bytes);
    back.writeInt32LE(-4, 4);
    expect((await failure(back)).message).toContain("its metadata is damaged");
    // A footer whose only batch is a dictionary's message, which is the first.
    const file = Buffer.from(fileOf(tableOf({ word: words })));
    const batchAt = file.indexOf(Buffer.from([255, 255, 255, 255]), 12);
    const block = file.lastIndexOf(Buffer.from(BigInt64Array.of(BigInt(batchAt)).buffer));
    expect(block).toBeGreaterThan(batchAt);
    file.writeBigInt64LE(8n, block);
    expect((await failure(file)).message).toContain("its footer names one message several times");
  });

  it("whatever is changed in it, is read or refused with a message, within a second", async () => {
    const draw = random(Number(process.env.SEED ?? 1));
    const sources = [fileOf(tableOf(columns)), streamOf(tableOf(columns))];
    const changes = [0, -1, 1, 0xffff, 0x7fffffff, -0x80000000];
    for (let round = 0; round < Number(process.env.CASES ?? 300); round++) {
      const bytes = Buffer.from(sources[round % 2]!);
      for (let i = 0; i <= draw() * 3; i++) {
        const at = Math.floor(draw() * (bytes.length - 4));
        if (draw() < 0.5) bytes[at]! ^= 1 << Math.floor(draw() * 8);
        else bytes.writeInt32LE(changes[Math.floor(draw() * changes.length)]!, at);
      }
      const cpu = process.cpuUsage();
      await textsOf(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(FileUnreadableError));
      const { user } = process.cpuUsage(cpu);
      expect([round, user < 1_000_000]).toEqual([round, true]);
    }
  });
});

/** LCG of Park and Miller. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

type Pack = (byte: number, times: number) => Buffer;

/** One byte, a copy of it by the byte before, and five more as they are, as the format wants at its end. */
const lz4Run: Pack = (byte, times) => {
  const copied = times - 1 - 5 - 4 - 15;
  const block = Buffer.from([
    ...[0x1f, byte, 1, 0, ...Array<number>(Math.floor(copied / 255)).fill(255), copied % 255],
    ...[0x50, byte, byte, byte, byte, byte],
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0x00]),
    size,
    block,
    Buffer.alloc(4),
  ]);
};

/** One block that is a byte and how often it comes. */
const zstdRun: Pack = (byte, times) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(times);
  const block = Buffer.alloc(4);
  block.writeUInt32LE((times << 3) | 3);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]),
    size,
    block.subarray(0, 3),
    Buffer.of(byte),
  ]);
};

/** A stream whose buffers of one byte are packed. */
function packedStream(table: Table, type: CompressionType, pack: Pack, said?: bigint): Buffer {
  const written: { frame: Buffer; length: number }[] = [];
  const encode = (bytes: Uint8Array): Uint8Array => {
    // Longer than it was: the library leaves it as it is.
    if (bytes.length < 100 || bytes.some((byte) => byte !== bytes[0]))
      return Buffer.concat([pack(0, 100), bytes]);
    const frame = pack(bytes[0]!, bytes.length);
    written.push({ frame, length: bytes.length });
    return frame;
  };
  compressionRegistry.set(type, { encode });
  const stream = Buffer.from(
    RecordBatchStreamWriter.writeAll(table, { compressionType: type } as never).toUint8Array(true),
  );
  // The library writes the packed length, where the format has the other.
  for (const { frame, length } of written)
    stream.writeBigInt64LE(said ?? BigInt(length), stream.indexOf(frame) - 8);
  expect(written.length).toBeGreaterThan(0);
  return stream;
}
