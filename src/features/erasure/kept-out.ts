import { createHmac } from "node:crypto";
import type { Client, Queryable } from "../../db/pool.js";
import { ConflictError } from "../../errors/errors.js";

/** SQL condition on a row of `erasures`, aliased `e`: it keeps its person out. */
export const IS_IN_FORCE = "not exists (select 1 from erasure_lifts l where l.erasure_id = e.id)";

/** Of an entity's key: 32 bytes. Without the secret nobody can tell whose it is. */
export const keyHmac = (secret: Buffer, entity: string, key: string): Buffer =>
  createHmac("sha256", secret).update(`${entity}\0${key}`).digest();

/** Keys that were erased, and are not to come back by any door. */
export class ErasedKeys {
  readonly #belonging = new Map<string, Set<string>>();

  private constructor(
    private readonly secret: Buffer | null,
    private readonly hmacs: ReadonlySet<string>,
  ) {}

  static async read(db: Queryable): Promise<ErasedKeys> {
    const { rows } = await db.query<{ hmac: string; secret: Buffer }>(
      `select encode(e.key_hmac, 'hex') as hmac, s.secret from erasures e cross join erasure_secret s
       where ${IS_IN_FORCE}`,
    );
    return new ErasedKeys(rows[0]?.secret ?? null, new Set(rows.map(({ hmac }) => hmac)));
  }

  /** The same; to the end of the caller's transaction no further erasure begins. It comes before any other query. */
  static async hold(tx: Client): Promise<ErasedKeys> {
    await tx.query("lock table erasures in row share mode");
    return ErasedKeys.read(tx);
  }

  /** Where nobody was erased, a key costs nothing. */
  has({ name }: { readonly name: string }, key: string): boolean {
    if (this.secret === null) return false;
    return (
      this.hmacs.has(keyHmac(this.secret, name, key).toString("hex")) ||
      (this.#belonging.get(name)?.has(key) ?? false)
    );
  }

  /** From now on, as long as these are held: a key that was not known before, and belongs to who was erased. */
  add({ name }: { readonly name: string }, key: string): void {
    const keys = this.#belonging.get(name) ?? new Set();
    this.#belonging.set(name, keys.add(key));
  }

  get isEmpty(): boolean {
    return this.hmacs.size === 0;
  }
}

/**
 * For whatever keeps something of the rows that it reads: to the end of the caller's transaction no erasure deletes
 * rows, and what is kept is found by one that comes after. It takes no snapshot of the data, so it comes before the first query.
 */
export const holdErasures = async (tx: Client): Promise<void> => {
  await tx.query("lock table erased_rows in row share mode");
};

/** How much was erased until now. */
export async function erasedSoFar(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ erased: string }>(
    "select coalesce(sum(rows), 0)::text as erased from erasure_counts",
  );
  return rows[0]!.erased;
}

/**
 * For what is worked out of many reads, and kept: like `holdErasures`, after the reads.
 * @param before what `erasedSoFar` said before the first of them
 * @throws {ConflictError} a row that may have been read was erased meanwhile
 */
export async function requireNoneErasedSince(tx: Client, before: string): Promise<void> {
  await holdErasures(tx);
  if ((await erasedSoFar(tx)) === before) return;
  throw new ConflictError("rows were erased while they were read; nothing was kept of them: do it again");
}

/**
 * Whether an erasure was under way at any time since the run began: rows that the run read may be of who was erased. To the end
 * of the caller's transaction no further one begins, and one that begins later finds what is written in it.
 */
export async function erasedBeside(tx: Client, runId: string): Promise<boolean> {
  await tx.query("lock table erasures in row share mode");
  const { rows } = await tx.query<{ erased: boolean }>(
    `select exists (
       select 1 from runs r join erasures e on e.run_id <> r.id join runs erasing on erasing.id = e.run_id
       where r.id = $1 and (erasing.finished_at is null or erasing.finished_at >= coalesce(r.started_at, r.created_at))
     ) as erased`,
    [runId],
  );
  return rows[0]!.erased;
}
