import type { Deployment, Entity, Source } from "../definitions/language/deployment.js";
import { entityOf, parentLinkOf } from "../definitions/language/entities.js";
import { headerOf } from "../definitions/language/file-reading.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { isKeyProblem, type KeyText, keyOfParts } from "../definitions/language/key-form.js";
import type { ErasedKeys } from "../features/erasure/kept-out.js";

/** How many keys of several columns a row of another length than its header is read as. */
const READINGS = 256;

/** Tells the rows of a file that are passed over: of who was erased, and of who belongs to them. */
export class KeptOutRows {
  readonly #entity: Entity;
  /** Where the header has the columns of the key. */
  readonly #places: readonly number[];
  readonly #parent: { entity: Entity; at: number } | null;

  constructor(
    private readonly keptOut: ErasedKeys,
    deployment: Deployment,
    source: Source,
    private readonly header: readonly string[],
  ) {
    const at = (column: string) => header.indexOf(headerOf(source, column));
    const link = parentLinkOf(deployment, source);
    this.#entity = entityOf(deployment, source);
    this.#places = keyColumnsOf(this.#entity).map(({ column }) => at(column));
    this.#parent = link && { entity: link.to.entity, at: at(link.column) };
  }

  /** @param own the row's key, read where the header has it */
  has(fields: readonly string[], own: KeyText): boolean {
    if (fields.length !== this.header.length)
      return (
        this.#mayBeOf(this.#entity, fields, this.#places) ||
        (this.#parent !== null && this.#mayBeOf(this.#parent.entity, fields, [this.#parent.at]))
      );
    if (this.#isErased(this.#entity, own)) return true;
    if (!this.#parent) return false;
    const { entity, at } = this.#parent;
    if (!this.#isErased(entity, keyOfParts(entity, [fields[at]]))) return false;
    // Other files of the delivery say of the key not whose it is.
    if (!isKeyProblem(own)) this.keptOut.add(this.#entity, own);
    return true;
  }

  #isErased(entity: Entity, key: KeyText): boolean {
    return !isKeyProblem(key) && this.keptOut.has(entity, key);
  }

  #mayBeOf(entity: Entity, fields: readonly string[], places: readonly number[]): boolean {
    return this.#readings(fields, places).some((parts) => this.#isErased(entity, keyOfParts(entity, parts)));
  }

  /** Of a row that has too few fields or too many, nobody knows which are the key's: those that may be. */
  #readings(fields: readonly string[], places: readonly number[]): string[][] {
    if (places.length === 1) return fields.map((field) => [field]);
    const shift = fields.length - this.header.length;
    const most = Math.floor(READINGS ** (1 / places.length));
    const count = Math.min(Math.abs(shift) + 1, most);
    const shifts = Array.from({ length: count }, (_, i) => i * Math.sign(shift));
    return places.reduce<string[][]>(
      (found, at) => found.flatMap((parts) => shifts.map((by) => [...parts, fields[at + by] ?? ""])),
      [[]],
    );
  }
}
