import { MAX_RECORD_BYTES } from "../file-format.js";
import { type JsonForm, listText } from "../value-text.js";
import type { ColumnChunk } from "./column-chunk.js";
import type { ListShape } from "./footer.js";
import { MalformedError } from "./thrift.js";

/** A column of lists, row after row, as a chunk of single values is read. A list may go on in the next page. */
export class ListChunk {
  /** Rows that were read and not taken: one at most. */
  left = 0;
  #text = "";
  /** The value that follows, where it was taken already. */
  #ahead: { text: string; definition: number } | null = null;

  constructor(
    private readonly items: ColumnChunk,
    private readonly shape: ListShape,
    private readonly form: JsonForm,
  ) {}

  readonly next = (): string => this.#text;

  /** Reads the next row's list. */
  async nextPage(): Promise<void> {
    const { empty, present } = this.shape;
    const first = this.#ahead ?? (await this.#take());
    if (first === null) throw new MalformedError("a column has fewer lists than rows");
    this.#ahead = null;
    if (this.items.repetition !== 0 && !this.#begun)
      throw new MalformedError("a column begins within a list");
    this.#begun = true;
    const items: (string | null)[] = [];
    let characters = 0;
    const add = ({ text, definition }: { text: string; definition: number }) => {
      if (definition <= empty) return;
      items.push(definition === present ? text : null);
      characters += text.length + 1;
      if (characters > MAX_RECORD_BYTES)
        throw new MalformedError(`a list is longer than ${MAX_RECORD_BYTES} bytes`);
    };
    add(first);
    for (let more = await this.#take(); more !== null; more = await this.#take()) {
      if (this.items.repetition === 0) {
        this.#ahead = more;
        break;
      }
      add(more);
    }
    this.#text = first.definition < empty ? "" : listText(items, this.form);
    this.left = 1;
  }
  #begun = false;

  async #take(): Promise<{ text: string; definition: number } | null> {
    const { items } = this;
    while (items.left === 0) {
      if (items.isDone) return null;
      await items.nextPage();
    }
    items.left--;
    const text = items.next();
    return { text, definition: items.definition };
  }
}
