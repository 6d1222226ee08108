import type { Queryable } from "../db/pool.js";
import { type DroppedTo, droppedTo } from "./drop-entries.js";
import { type AuditEntry, hashOfDetails, hashOfEntry, NO_ENTRY } from "./entry.js";
import { auditEntries } from "./find-entries.js";

/** What an erasure puts down of the entries whose details it took: `{ entries: [12, 15] }`. */
export const BLANKED = "erasure.blanked";

const MOST_TOLD = 20;

export interface ChainReport {
  entries: number;
  /** Hash of the last entry, to be kept elsewhere. */
  head: string;
  /** The last entry that was dropped, as the chain has on record; null: none was. */
  droppedTo: string | null;
  /** Entries whose details an erasure took. */
  erased: number;
  /** Asked for, and cut off or still under way. */
  unanswered: number;
  /** At most twenty; empty: the log is as it was written. */
  problems: string[];
}

/**
 * Works out every hash again, from the first entry to the last. What was dropped before the first must be on record further on.
 * @param kept the hash of an entry that was there: without it nobody can tell that the end was cut off
 */
export async function verifyChain(db: Queryable, kept: string | null): Promise<ChainReport> {
  const chain = new Chain(kept);
  for await (const entry of auditEntries(db)) chain.add(entry);
  return chain.report();
}

class Chain {
  #last = 0;
  #entries = 0;
  #head = NO_ENTRY;
  #keptFound: boolean;
  /** What the first entry follows. */
  #before: DroppedTo | null = null;
  #isOnRecord = false;
  readonly #problems: string[] = [];
  readonly #asked = new Set<string>();
  readonly #erased = new Set<number>();
  readonly #blanked = new Set<number>();

  constructor(private readonly kept: string | null) {
    this.#keptFound = kept === null || kept === NO_ENTRY;
  }

  add(entry: AuditEntry): void {
    const { id, hash, previousHash } = entry;
    const place = Number(id);
    this.#entries++;
    const isFirst = this.#entries === 1;
    if (isFirst && place > 1) this.#before = { id: String(place - 1), hash: previousHash };
    else if (place !== this.#last + 1) this.#tell(`${missing(this.#last + 1, place - 1)} missing`);
    else if (previousHash !== this.#head)
      this.#tell(`entry ${id} does not follow from the one before it, which was changed or put in its place`);
    const isIntact = hashOfEntry(entry) === hash;
    if (!isIntact) this.#tell(`entry ${id} is not as it was written: its hash is another one`);
    this.#details(entry, isIntact);
    if (isIntact) this.#dropped(droppedTo(entry));
    if (entry.outcome === "ASKED") this.#asked.add(id);
    if (entry.answers !== null) this.#asked.delete(entry.answers);
    if (hash === this.kept && isIntact) this.#keptFound = true;
    this.#last = place;
    this.#head = hash;
  }

  #dropped(to: DroppedTo | null): void {
    if (to && to.id === this.#before?.id && to.hash === this.#before.hash) this.#isOnRecord = true;
  }

  #details({ id, details, salt, detailsHash, erasedBy, action }: AuditEntry, isIntact: boolean): void {
    if (details === null || salt === null) {
      if (erasedBy === null) this.#tell(`the details of entry ${id} are gone, by no erasure`);
      else this.#erased.add(Number(id));
    } else if (hashOfDetails(salt, details) !== detailsHash) {
      this.#tell(`the details of entry ${id} are not as they were written`);
    } else if (action === BLANKED && isIntact) {
      const { entries } = JSON.parse(details) as { entries: number[] };
      for (const each of entries) this.#blanked.add(each);
    }
  }

  report(): ChainReport {
    for (const id of this.#erased)
      if (!this.#blanked.has(id))
        this.#tell(`the details of entry ${id} are gone, and no erasure has put down that it took them`);
    const dropped = this.#isOnRecord ? this.#before : null;
    if (this.#before && !dropped) this.#problems.unshift(`${missing(1, Number(this.#before.id))} missing`);
    if (!this.#keptFound && this.kept !== dropped?.hash)
      this.#tell(
        `no entry has the hash ${this.kept}: the end was cut off, or all rewritten${
          dropped
            ? `, or it is of an entry before ${dropped.id}, which was dropped: look for it in what was exported`
            : ""
        }`,
      );
    const more = this.#problems.length - MOST_TOLD;
    return {
      entries: this.#entries,
      head: this.#head,
      droppedTo: dropped?.id ?? null,
      erased: this.#erased.size,
      unanswered: this.#asked.size,
      problems: [...this.#problems.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} more`] : [])],
    };
  }

  #tell(problem: string): void {
    this.#problems.push(problem);
  }
}

const missing = (from: number, to: number): string =>
  from >= to ? `entry ${from} is` : `entries ${from} to ${to} are`;
