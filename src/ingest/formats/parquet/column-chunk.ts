import type { RandomAccess } from "../file-format.js";
import { decompress } from "./decompress.js";
import {
  hybrid,
  lengthAt,
  lengthPrefixed,
  type Next,
  type Raw,
  rawAt,
  valuesOf,
  widthOf,
} from "./encodings.js";
import { type ChunkPlace, type ListShape, readExactly, type SchemaElement } from "./footer.js";
import { MalformedError, ThriftReader } from "./thrift.js";

const MAX_PAGE_BYTES = 64 << 20;
const MAX_HEADER_BYTES = 1 << 20;
const MAX_HELD_BYTES = 256 << 20;
/** Texts of dictionaries that are kept once they are made, of one column and of all. */
const KEPT_TEXTS = 1 << 14;
const ALL_KEPT_TEXTS = 1 << 18;
/** Read at a time where pages are smaller, by all columns. */
const WINDOW_BYTES = 16 << 20;

/** What all columns of a row group may hold at a time: their pages and dictionaries. */
export class PageMemory {
  #bytes = 0;

  /** @throws {MalformedError} it would be too much */
  change(by: number): void {
    this.#bytes += by;
    if (this.#bytes <= MAX_HELD_BYTES) return;
    throw new MalformedError(
      `its pages and dictionaries need more than ${MAX_HELD_BYTES} bytes at a time; write smaller pages or row groups`,
    );
  }
}

interface PageHeader {
  kind: number;
  size: number;
  unpacked: number;
  /** Of data pages, and how many values a dictionary has. */
  values: number;
  encoding: number;
  levelsEncoding: number;
  /** Of the second version of data pages. */
  levelBytes: number;
  repetitionBytes: number;
  compressed: boolean;
}

interface SplitPage {
  repetitions: Next<number> | null;
  levels: Next<number> | null;
  page: Buffer;
}

/** One column of one row group, page after page. */
export class ColumnChunk {
  readonly #windowBytes: number;
  readonly #keptTexts: number;
  #at: number;
  #window: { from: number; bytes: Buffer } = { from: 0, bytes: Buffer.alloc(0) };
  #rowsLeft: number;
  #dictionary: ((place: number) => string) | null = null;
  #heldPage = 0;
  /** Values left of the page; where there is none, `nextPage` must be called before `next`. */
  left = 0;
  /** The text of the next value; null is no text. */
  next: () => string = () => "";
  /** Of the value whose text was taken last: 0 where a list begins, and how much of it there is. */
  repetition = 0;
  definition = 0;

  /** @param columns how many share the memory */
  constructor(
    private readonly file: RandomAccess,
    private readonly place: ChunkPlace,
    private readonly element: SchemaElement,
    private readonly toText: (raw: Raw) => string,
    private readonly held: PageMemory,
    columns: number,
    private readonly list: ListShape | null = null,
  ) {
    this.#at = place.start;
    this.#rowsLeft = place.values;
    this.#windowBytes = Math.min(256 << 10, Math.max(4 << 10, Math.floor(WINDOW_BYTES / columns)));
    this.#keptTexts = Math.min(KEPT_TEXTS, Math.floor(ALL_KEPT_TEXTS / columns));
  }

  /** Whether all values were in the pages that were read. */
  get isDone(): boolean {
    return this.#rowsLeft === 0;
  }

  /** @throws {MalformedError} */
  async nextPage(): Promise<void> {
    this.held.change(-this.#heldPage);
    this.#heldPage = 0;
    const header = await this.#header();
    const { kind, size, unpacked } = header;
    if (Math.min(size, unpacked) < 0) throw new MalformedError("a page of less than nothing");
    if (Math.max(size, unpacked) > MAX_PAGE_BYTES) {
      throw new MalformedError(
        `a page has ${Math.max(size, unpacked)} bytes; at most ${MAX_PAGE_BYTES} are read`,
      );
    }
    if (kind !== 0 && kind !== 2 && kind !== 3) {
      this.#at += size;
      return;
    }
    this.#heldPage = size + unpacked;
    this.held.change(this.#heldPage);
    const bytes = await this.#bytes(size);
    this.#at += size;
    if (kind === 2) {
      this.#readDictionary(header, decompress(this.place.codec, bytes, unpacked));
      this.#heldPage = size;
    } else this.#readData(header, bytes);
  }

  #readData(header: PageHeader, bytes: Buffer): void {
    const { values } = header;
    if (values < 0 || values > this.#rowsLeft) throw new MalformedError("a column has more values than rows");
    this.#rowsLeft -= values;
    this.left = values;
    const { repetitions, levels, page } =
      header.kind === 3 ? this.#splitSecond(header, bytes) : this.#splitFirst(header, bytes);
    const next = this.#values(header.encoding, page);
    if (repetitions && levels) {
      const { present } = this.list!;
      this.next = () => {
        this.repetition = repetitions();
        this.definition = levels();
        return this.definition === present ? next() : "";
      };
    } else this.next = levels === null ? next : () => (levels() === 0 ? "" : next());
  }

  #splitFirst(header: PageHeader, bytes: Buffer): SplitPage {
    let page = decompress(this.place.codec, bytes, header.unpacked);
    const take = (width: number): Next<number> => {
      if (header.levelsEncoding !== 3)
        throw new MalformedError("levels in an encoding that nobody writes any more");
      const { bytes: levels, end } = lengthPrefixed(page);
      page = page.subarray(end);
      return hybrid(levels, width);
    };
    const repetitions = this.list ? take(1) : null;
    const levels = this.#levelBits === 0 ? null : take(this.#levelBits);
    return { repetitions, levels, page };
  }

  /** Of a definition level. */
  get #levelBits(): number {
    if (this.list) return this.list.present < 2 ? 1 : 2;
    return this.element.repetition === "REQUIRED" ? 0 : 1;
  }

  #splitSecond(header: PageHeader, bytes: Buffer): SplitPage {
    const { repetitionBytes, levelBytes, unpacked, compressed } = header;
    const from = repetitionBytes + levelBytes;
    if (repetitionBytes < 0 || levelBytes < 0 || from > Math.min(bytes.length, unpacked)) {
      throw new MalformedError("a page's levels are longer than the page");
    }
    const codec = compressed ? this.place.codec : "UNCOMPRESSED";
    const page = decompress(codec, bytes.subarray(from), unpacked - from);
    const levels = bytes.subarray(repetitionBytes, from);
    return {
      repetitions: this.list ? hybrid(bytes.subarray(0, repetitionBytes), 1) : null,
      levels: this.#levelBits === 0 ? null : hybrid(levels, this.#levelBits),
      page,
    };
  }

  #values(encoding: number, page: Buffer): () => string {
    const { type, length } = this.element;
    const { toText } = this;
    if (encoding !== 2 && encoding !== 8) {
      const next = valuesOf(encoding, type!, length, page);
      return () => toText(next());
    }
    const dictionary = this.#dictionary;
    if (!dictionary) throw new MalformedError("a column's dictionary is missing");
    // A page of nothing but nulls may hold not even a width.
    const places = page.length === 0 ? hybrid(page, 1) : hybrid(page.subarray(1), page[0]!);
    return () => dictionary(places());
  }

  /** Places, not values: a few bytes of a dictionary would become objects of a hundred. */
  #readDictionary({ values }: PageHeader, bytes: Buffer): void {
    const { type, length } = this.element;
    if (this.#dictionary) throw new MalformedError("a column has two dictionaries");
    if (type === "BOOLEAN" || type === null) throw new MalformedError(`a dictionary of ${type} values`);
    const width = widthOf(type, length);
    if (values < 0 || values * (width ?? 4) > bytes.length)
      throw new MalformedError("a dictionary ends too early");
    const starts = width === null ? new Uint32Array(values + 1) : null;
    if (starts) {
      this.held.change(starts.byteLength);
      let at = 0;
      for (let i = 0; i < values; i++) {
        starts[i] = at;
        at += 4 + lengthAt(bytes, at);
      }
      starts[values] = at;
      if (at > bytes.length) throw new MalformedError("a dictionary ends too early");
    }
    const kept: string[] = [];
    this.#dictionary = (place) => {
      const known = kept[place];
      if (known !== undefined) return known;
      if (place >= values) throw new MalformedError("a value is not in the dictionary");
      const from = starts ? starts[place]! + 4 : place * width!;
      const text = this.toText(rawAt(type, bytes, from, starts ? starts[place + 1]! : from + width!));
      if (place < this.#keptTexts && text.length <= 64) kept[place] = text;
      return text;
    };
  }

  /** Statistics of long texts make long headers: more is read where what was read ends within one. */
  async #header(): Promise<PageHeader> {
    const left = this.place.end - this.#at;
    if (left <= 0) throw new MalformedError("a column has fewer values than rows");
    const offset = this.#at - this.#window.from;
    let bytes =
      offset >= 0 && offset < this.#window.bytes.length ? this.#window.bytes.subarray(offset) : null;
    for (const length of [this.#windowBytes, MAX_HEADER_BYTES]) {
      bytes ??= await this.#bytes(Math.min(left, length));
      const reader = new ThriftReader(bytes);
      try {
        const header = pageHeader(reader);
        this.#at += reader.offset;
        return header;
      } catch (error) {
        if (!(error instanceof MalformedError) || bytes.length >= Math.min(left, MAX_HEADER_BYTES))
          throw error;
        bytes = null;
      }
    }
    throw new MalformedError(`a page's header is longer than ${MAX_HEADER_BYTES} bytes`);
  }

  /** That many from here on, which stays where it is. */
  async #bytes(length: number): Promise<Buffer> {
    const left = this.place.end - this.#at;
    if (length > left) throw new MalformedError("a page ends outside its column");
    const { from, bytes } = this.#window;
    const offset = this.#at - from;
    if (offset >= 0 && offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
    if (length > this.#windowBytes) return readExactly(this.file, this.#at, length);
    const read = await readExactly(this.file, this.#at, Math.min(left, this.#windowBytes));
    this.#window = { from: this.#at, bytes: read };
    return read.subarray(0, length);
  }
}

function pageHeader(reader: ThriftReader): PageHeader {
  const header: PageHeader = {
    ...{ kind: -1, size: -1, unpacked: -1, values: -1, encoding: -1, levelsEncoding: 3 },
    ...{ levelBytes: 0, repetitionBytes: 0, compressed: true },
  };
  const set = (name: "values" | "encoding" | "levelsEncoding" | "levelBytes" | "repetitionBytes") => {
    header[name] = reader.number();
    return true;
  };
  const part = (names: Record<number, Parameters<typeof set>[0]>, compressed = -1) => {
    reader.struct((id, type) => {
      if (id === compressed) header.compressed = type === 1;
      return names[id] ? set(names[id]) : undefined;
    });
    return true;
  };
  reader.struct((id) => {
    if (id === 1) header.kind = reader.number();
    else if (id === 2) header.unpacked = reader.number();
    else if (id === 3) header.size = reader.number();
    else if (id === 5) return part({ 1: "values", 2: "encoding", 3: "levelsEncoding" });
    else if (id === 7) return part({ 1: "values", 2: "encoding" });
    else if (id === 8) {
      return part({ 1: "values", 4: "encoding", 5: "levelBytes", 6: "repetitionBytes" }, 7);
    } else return undefined;
    return true;
  });
  return header;
}
