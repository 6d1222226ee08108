import type { Entity } from "../definitions/language/deployment.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { deliveredKey, type KeyText, keyOfParts } from "../definitions/language/key-form.js";
import type { KeyCell } from "./expectations/delivery/delivery.js";

/** Where a header has the columns of the key. */
export const keyCells = (entity: Entity, at: (column: string) => number): KeyCell[] =>
  keyColumnsOf(entity).map((column) => ({ at: at(column.column), column }));

/** Reads the key of a file's rows. One text is taken as it stands; any other key has a form of its own. */
export class KeyReader {
  /** Where the row has the key as asof keeps it. */
  readonly #textAt: number | null;

  constructor(
    private readonly entity: Entity,
    private readonly cells: readonly KeyCell[],
  ) {
    const [only, ...others] = cells;
    this.#textAt = only?.column.type === "string" && others.length === 0 ? only.at : null;
  }

  cellOf(column: string | null): KeyCell | null {
    return this.cells.find((cell) => cell.column.column === column) ?? null;
  }

  read(fields: readonly string[]): KeyText {
    if (this.#textAt !== null) return fields[this.#textAt]!;
    return keyOfParts(
      this.entity,
      this.cells.map(({ at }) => fields[at]),
    );
  }

  /** As a report names the row. */
  delivered(fields: readonly string[]): string | null {
    return deliveredKey(
      this.entity,
      this.cells.map(({ at }) => fields[at]),
    );
  }

  /** Where `withKey` has the key. */
  placeIn(header: readonly string[]): number {
    return this.#textAt ?? header.length;
  }

  /** The row with its key as asof keeps it, which checks of the key look at. */
  withKey(fields: readonly string[], key: string): readonly string[] {
    return this.#textAt === null ? [...fields, key] : fields;
  }
}
