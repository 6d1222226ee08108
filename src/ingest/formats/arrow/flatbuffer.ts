/**
 * Whether a flatbuffer keeps to its own bounds. The library that decodes one believes every offset in it: damaged or hostile ones
 * lead it outside the bytes, where it reads what is not there, or round in circles. Checked as the format's own verifier does:
 * https://flatbuffers.dev/internals/
 */

/** What a field of a table is. */
export type FieldShape =
  | { readonly is: "number"; readonly bytes: number }
  /** A length and as many items. */
  | { readonly is: "vector"; readonly bytes: number }
  | { readonly is: "table"; readonly of: () => TableShape }
  | { readonly is: "tables"; readonly of: () => TableShape }
  /** A table of the kind that the number in the field before it says. */
  | { readonly is: "union"; readonly kinds: Readonly<Record<number, () => TableShape>> };

/** The fields in the order of their numbers; null: retired, or not looked at. */
export type TableShape = readonly (FieldShape | null)[];

export const numberPart = (bytes: number): FieldShape => ({ is: "number", bytes });
export const vectorPart = (bytes: number): FieldShape => ({ is: "vector", bytes });
export const textPart = vectorPart(1);
export const tablePart = (of: () => TableShape): FieldShape => ({ is: "table", of });
export const tablesPart = (of: () => TableShape): FieldShape => ({ is: "tables", of });
export const unionPart = (kinds: Readonly<Record<number, () => TableShape>>): FieldShape => ({
  is: "union",
  kinds,
});

/** Deeper than any schema that is read: of a list's items and their dictionary. */
const MOST_DEPTH = 24;
/** Tables may be shared: without an end, a few bytes describe more of them than anybody can visit. */
const MOST_TABLES = 100_000;

/** @throws {Error} it does not */
export function requireFlatbuffer(bytes: Buffer, root: TableShape): void {
  new Verifier(bytes).root(root);
}

class Verifier {
  #visited = 0;

  constructor(private readonly bytes: Buffer) {}

  root(shape: TableShape): void {
    this.#table(this.#target(0), shape, 0);
  }

  #table(at: number, shape: TableShape, depth: number): void {
    if (++this.#visited > MOST_TABLES || depth > MOST_DEPTH)
      throw new Error("it describes itself by too many parts");
    this.#require(at, 4);
    const vtable = at - this.bytes.readInt32LE(at);
    this.#require(vtable, 4);
    const [vtableBytes, tableBytes] = [this.bytes.readUInt16LE(vtable), this.bytes.readUInt16LE(vtable + 2)];
    this.#require(vtable, vtableBytes);
    this.#require(at, tableBytes);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0 || tableBytes < 4) throw damaged();
    /** Where a field is, if it is there. */
    const find = (index: number, size: number): number | null => {
      const entry = 4 + 2 * index;
      const offset = entry + 2 <= vtableBytes ? this.bytes.readUInt16LE(vtable + entry) : 0;
      if (offset === 0) return null;
      if (offset + size > tableBytes) throw damaged();
      return at + offset;
    };
    for (const [index, field] of shape.entries()) {
      if (field === null) continue;
      const place = find(index, field.is === "number" ? field.bytes : 4);
      if (place === null) continue;
      const kind = field.is === "union" ? find(index - 1, 1) : null;
      this.#field(place, field, depth, kind === null ? 0 : this.bytes[kind]!);
    }
  }

  #field(place: number, field: FieldShape, depth: number, kind: number): void {
    switch (field.is) {
      case "number":
        return;
      case "vector":
        this.#vector(this.#target(place), field.bytes);
        return;
      case "table":
        this.#table(this.#target(place), field.of(), depth + 1);
        return;
      case "tables": {
        const start = this.#target(place);
        const length = this.#vector(start, 4);
        for (let i = 0; i < length; i++) this.#table(this.#target(start + 4 + 4 * i), field.of(), depth + 1);
        return;
      }
      case "union": {
        const of = field.kinds[kind];
        if (!of) throw new Error(`it has a part of the unknown kind ${kind}`);
        this.#table(this.#target(place), of(), depth + 1);
        return;
      }
    }
  }

  /** Where an offset leads, which is always on. */
  #target(place: number): number {
    this.#require(place, 4);
    const offset = this.bytes.readUInt32LE(place);
    if (offset === 0) throw damaged();
    this.#require(place + offset, 4);
    return place + offset;
  }

  #vector(at: number, bytesEach: number): number {
    const length = this.bytes.readUInt32LE(at);
    this.#require(at + 4, length * bytesEach);
    return length;
  }

  #require(at: number, length: number): void {
    if (at < 0 || at + length > this.bytes.length) throw damaged();
  }
}

const damaged = (): Error => new Error("its metadata is damaged");
