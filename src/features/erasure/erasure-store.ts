import { randomBytes, randomUUID } from "node:crypto";
import { type Client, literal, type Pool, type Queryable, quote, withTransaction } from "../../db/pool.js";
import { snapshotTableName } from "../../db/tables/derived.js";
import type { Deployment, Entity } from "../../definitions/language/deployment.js";
import { declaredEntity } from "../../definitions/language/entities.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import { NotErasedError, NothingToEraseError } from "../../errors/erasure-errors.js";
import { type Erasure, tablesOf } from "./erase-rows.js";
import { byEntity, type Persons } from "./erasure-counts.js";
import { IS_IN_FORCE, keyHmac } from "./kept-out.js";
import { quarantinedRowsOf, quarantinedRowsUnder } from "./quarantined-rows.js";

/** One who is erased: the person who was asked for, or who belongs to them. */
export interface Subject {
  entity: Entity;
  key: string;
}

export interface Lifted {
  at: Date;
  actor: string;
  reason: string;
  /** Erasures that kept the key out until now. */
  erasures: number;
}

/** Who is to be erased, was, and may come back. */
export class ErasureStore {
  constructor(
    private readonly pool: Pool,
    private readonly deployment: Deployment,
  ) {}

  /**
   * @returns what keeps the key for the run, in the transaction that creates it, and the id it is kept under
   * @throws {NothingToEraseError} no table holds the key, and it was never erased
   */
  async request({ entity, key }: Subject): Promise<{ request: string; keep: (tx: Client) => Promise<void> }> {
    await this.requireKnown({ entity, key });
    const request = randomUUID();
    return {
      request,
      keep: async (tx) => this.#keep(tx, await this.#secret(tx), request, { entity, key }),
    };
  }

  /**
   * @returns whether an erasure that is in force keeps the key out
   * @throws {NothingToEraseError} no table holds the key, and it was never erased
   */
  async requireKnown({ entity, key }: Subject): Promise<{ keptOut: boolean }> {
    const secret = await findSecret(this.pool);
    const hmac = secret && keyHmac(secret, entity.name, key);
    if (!(hmac && (await this.#wasErased(entity, hmac))) && !(await this.#isKnown(entity, key)))
      throw new NothingToEraseError(entityNames(entity), key);
    return { keptOut: hmac !== undefined && (await this.#inForce(this.pool, entity, hmac, null)).length > 0 };
  }

  async #keep(tx: Client, secret: Buffer, request: string, { entity, key }: Subject): Promise<void> {
    await tx.query(
      "insert into erasure_keys (request, entity, key, key_hmac) values ($1, $2, $3, $4) on conflict do nothing",
      [request, entity.name, key, keyHmac(secret, entity.name, key)],
    );
  }

  /** The first is who was asked for. None where the run has succeeded, or was cancelled. */
  async subjects(db: Queryable, request: string): Promise<Subject[]> {
    const { rows } = await db.query<{ entity: string; key: string }>(
      "select entity, key from erasure_keys where request = $1 order by asked_at, entity, key",
      [request],
    );
    return rows.map(({ entity, key }) => ({
      entity: declaredEntity(this.deployment, { name: entity }).entity,
      key,
    }));
  }

  /**
   * From now on these are erased, and kept out. Pushes that are under way come first.
   * @returns whether another erasure kept the first of them out already
   */
  async record(
    tx: Client,
    request: string,
    { runId, actor, reason }: { runId: string; actor: string; reason: string },
  ): Promise<{ repeated: boolean }> {
    await tx.query("lock table erasures in exclusive mode");
    const secret = await this.#secret(tx);
    const found = await this.subjects(tx, request);
    if (found.length === 0) return { repeated: false };
    const all = await this.withDependants(tx, found);
    for (const subject of all) await this.#keep(tx, secret, request, subject);
    const first = all[0]!;
    const before = await this.#inForce(
      tx,
      first.entity,
      keyHmac(secret, first.entity.name, first.key),
      runId,
    );
    await tx.query(
      `insert into erasures (run_id, entity, key_hmac, actor, reason)
       select $1, entity, key_hmac, $2, $3 from erasure_keys where request = $4 order by asked_at on conflict do nothing`,
      [runId, actor, reason, request],
    );
    return { repeated: before.length > 0 };
  }

  /** Those of the run, each with its key; none where the keys are gone. */
  async erasures(db: Queryable, request: string, runId: string): Promise<Erasure[]> {
    const { rows } = await db.query<{ id: number; entity: string; key: string }>(
      `select e.id::int, e.entity, k.key from erasures e
       join erasure_keys k on k.entity = e.entity and k.key_hmac = e.key_hmac and k.request = $1
       where e.run_id = $2 order by e.id`,
      [request, runId],
    );
    return rows.map(({ id, entity, key }) => ({
      ...{ id, runId, key },
      entity: declaredEntity(this.deployment, { name: entity }).entity,
    }));
  }

  /** The keys in clear are not kept any more: of this request, and of those of the same person that failed. */
  async forget(db: Queryable, request: string): Promise<void> {
    await db.query(
      `delete from erasure_keys where request = $1 or request in (
         select k.request from erasure_keys k join erasure_keys own using (entity, key_hmac)
         join runs r on r.kind = 'ERASE' and r.params->>'request' = k.request::text
         where own.request = $1 and r.status not in ('QUEUED', 'RUNNING'))`,
      [request],
    );
  }

  /**
   * Lets the person, and who belongs to them, come back by the next delivery or push.
   * @throws {NotErasedError} nothing keeps the key out
   */
  lift({ entity, key }: Subject, { actor, reason }: { actor: string; reason: string }): Promise<Lifted> {
    return withTransaction(this.pool, async (tx) => {
      await tx.query("lock table erasures in exclusive mode");
      const hmac = keyHmac(await this.#secret(tx), entity.name, key);
      const ids = await this.#inForce(tx, entity, hmac, null);
      if (ids.length === 0) throw new NotErasedError(entityNames(entity), key);
      const { rows } = await tx.query<{ at: Date }>(
        `insert into erasure_lifts (erasure_id, at, actor, reason)
         select e.id, transaction_timestamp(), $2, $3 from erasures e
         where e.run_id in (select run_id from erasures where id = any($1)) and ${IS_IN_FORCE} returning at`,
        [ids, actor, reason],
      );
      return { at: rows[0]!.at, actor, reason, erasures: ids.length };
    });
  }

  /** And who belongs to them, by the rows of their own sources, of now, of every date and in quarantine; and so forth. */
  async withDependants(db: Queryable, subjects: readonly Subject[]): Promise<Subject[]> {
    const all = [...subjects];
    const known = new Set(all.map(idOf));
    // A generation by one pass over what may be its own.
    for (let from = 0; from < all.length; ) {
      const generation = byEntity(all.slice(from));
      from = all.length;
      for (const persons of generation)
        for (const found of await this.#dependantsOf(db, persons)) {
          if (known.has(idOf(found))) continue;
          known.add(idOf(found));
          all.push(found);
        }
    }
    return all;
  }

  async #dependantsOf(db: Queryable, { entity, keys }: Persons): Promise<Subject[]> {
    const found: Subject[] = [];
    const inQuarantine = await quarantinedRowsUnder(db, this.deployment, entity, keys);
    for (const { entity: own, source } of this.deployment.entities) {
      if (own.belongsTo?.name !== entity.name) continue;
      const [mine, theirs] = [quote(own.key), quote(entity.key)];
      const { rows } = await db.query<{ key: string }>(
        `select ${mine}::text as key from ${quote(source.name)} where ${theirs}::text = any($1)
         union select ${mine}::text from ${quote(snapshotTableName(source.name))} where ${theirs}::text = any($1)`,
        [keys],
      );
      for (const { key } of rows) found.push({ entity: own, key });
      for (const { source: of, key } of inQuarantine)
        if (of === source.name && key !== null) found.push({ entity: own, key });
    }
    return found;
  }

  async #inForce(db: Queryable, { name }: Entity, hmac: Buffer, besideRun: string | null): Promise<number[]> {
    const { rows } = await db.query<{ id: number }>(
      `select id::int from erasures e where entity = $1 and key_hmac = $2 and run_id is distinct from $3 and ${IS_IN_FORCE}`,
      [name, hmac, besideRun],
    );
    return rows.map(({ id }) => id);
  }

  async #wasErased({ name }: Entity, hmac: Buffer): Promise<boolean> {
    const { rows } = await this.pool.query(
      "select 1 from erasures where entity = $1 and key_hmac = $2 limit 1",
      [name, hmac],
    );
    return rows.length > 0;
  }

  /** The first that asks makes it. */
  async #secret(tx: Client): Promise<Buffer> {
    const found = await findSecret(tx);
    if (found) return found;
    await tx.query("insert into erasure_secret (secret) values ($1) on conflict do nothing", [
      randomBytes(32),
    ]);
    return (await findSecret(tx))!;
  }

  /** Asked from the tables that answer at once to those that do not, one after the other. */
  async #isKnown(entity: Entity, key: string): Promise<boolean> {
    const column = quote(entity.key);
    const tables = async (kind: Parameters<typeof tablesOf>[3]) =>
      tablesOf(this.pool, this.deployment, entity, kind);
    const plain = [...(await tables("current")), ...(await tables("pushes"))].map(
      (table) => `select 1 from ${quote(table)} where ${column} = $1`,
    );
    // Of each part by its key's index.
    const snapshots = (await tables("snapshots")).map(
      (table) => `select 1 from snapshot_parts p cross join lateral (
         select 1 from ${quote(table)} v
         where v.snapshot_id = p.owner_id and v.as_of = p.event_date and v.${column} = $1) held
       where p.name = ${literal(table.replace(/_snapshots$/, ""))} and p.snapshot_id = p.owner_id`,
    );
    for (const found of [...plain, ...snapshots, "select 1 from prediction_log where key = $1"]) {
      const { rows } = await this.pool.query(`${found} limit 1`, [key]);
      if (rows.length > 0) return true;
    }
    for (const find of [quarantinedRowsOf, quarantinedRowsUnder])
      if ((await find(this.pool, this.deployment, entity, [key])).length > 0) return true;
    return false;
  }
}

const idOf = ({ entity, key }: Subject): string => `${entity.name}\0${key}`;

async function findSecret(db: Queryable): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ secret: Buffer }>("select secret from erasure_secret");
  return rows[0]?.secret;
}
