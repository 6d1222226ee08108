/** Who has a process, or is about to start one. */
interface Holder {
  /** Gives it up. @returns false where it is at work */
  rest(): boolean;
  close(): void;
}

/**
 * How many processes there may be at once for versions that are asked for by name or shadow; what is to be ready at any
 * time needs no place. Where there is none left, the one that was started first and does nothing makes room.
 */
export class ProcessPlaces {
  readonly #taken = new Set<Holder>();
  readonly #all = new Set<Holder>();

  constructor(private readonly places = 4) {}

  /** @returns false where all are at work */
  take(holder: Holder): boolean {
    this.#taken.delete(holder);
    for (const other of [...this.#taken]) {
      if (this.#taken.size < this.places) break;
      if (other.rest()) this.#taken.delete(other);
    }
    if (this.#taken.size >= this.places) return false;
    this.#taken.add(holder);
    return true;
  }

  /** Others may have its place. */
  leave(holder: Holder): void {
    this.#taken.delete(holder);
  }

  opened(holder: Holder): void {
    this.#all.add(holder);
  }

  ended(holder: Holder): void {
    this.#all.delete(holder);
    this.leave(holder);
  }

  closeAll(): void {
    for (const holder of [...this.#all]) holder.close();
  }
}
