import { createPool } from "../../src/db/pool.js";

/** What is not the schema of asof: which files were applied. */
const RECORDS = ["asof_migrations", "asof_legacy_migrations"];

/**
 * Everything that `pg_dump -s` tells of the schemas `public`, `staging` and `asof_guard`, by object: columns in their order with type,
 * collation, default, identity, generation and storage; constraints, indexes, triggers, functions with their bodies, how tables
 * are partitioned, event triggers. Two databases are alike where these are equal.
 */
export async function readCatalogue(url: string): Promise<Record<string, string[]>> {
  const pool = createPool(url, 1);
  try {
    const read = async (sql: string): Promise<string[]> =>
      (await pool.query<{ line: string }>(sql, sql.includes("$1") ? [RECORDS] : [])).rows.map(
        ({ line }) => line,
      );
    return {
      relations: await read(
        `select format('%s %s %s %s', c.relkind, c.oid::regclass, pg_get_partkeydef(c.oid),
           coalesce(array_to_string(c.reloptions, ','), '')) as line from ${RELATIONS} order by 1`,
      ),
      columns: await read(
        `select format('%s %s %s %s%s%s default %s identity %s generated %s storage %s', c.oid::regclass,
           row_number() over (partition by c.oid order by a.attnum), a.attname, format_type(a.atttypid, a.atttypmod),
           case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation else '' end,
           case when a.attnotnull then ' not null' else '' end, coalesce(pg_get_expr(d.adbin, d.adrelid), '-'),
           a.attidentity, a.attgenerated, a.attstorage) as line
         from ${RELATIONS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         join pg_type t on t.oid = a.atttypid left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
         where c.relkind in ('r', 'p') order by c.oid::regclass::text, a.attnum`,
      ),
      constraints: await read(
        `select format('%s %s %s', c.oid::regclass, o.conname, pg_get_constraintdef(o.oid)) as line
         from ${RELATIONS} join pg_constraint o on o.conrelid = c.oid order by 1`,
      ),
      indexes: await read(
        `select pg_get_indexdef(i.indexrelid) as line from ${RELATIONS} join pg_index i on i.indrelid = c.oid order by 1`,
      ),
      triggers: await read(
        `select format('%s %s', t.tgenabled, pg_get_triggerdef(t.oid)) as line
         from ${RELATIONS} join pg_trigger t on t.tgrelid = c.oid where not t.tgisinternal order by 1`,
      ),
      sequences: await read(
        `select format('%s %s %s %s %s %s', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement,
           s.seqmax, s.seqcycle) as line from pg_sequence s join pg_class c on c.oid = s.seqrelid
         where c.relnamespace in ('public'::regnamespace, 'staging'::regnamespace, to_regnamespace('asof_guard'))
           and c.relname <> 'asof_migrations_id_seq' order by 1`,
      ),
      functions: await read(
        `select pg_get_functiondef(p.oid) as line from pg_proc p
         where p.pronamespace in ('public'::regnamespace, 'staging'::regnamespace, to_regnamespace('asof_guard')) and p.prokind in ('f', 'p') order by 1`,
      ),
      types: await read(
        `select format('%s %s', t.oid::regtype, t.typtype) as line from pg_type t
         where t.typnamespace in ('public'::regnamespace, 'staging'::regnamespace, to_regnamespace('asof_guard')) and t.typrelid = 0 and t.typelem = 0 order by 1`,
      ),
      "event triggers": await read(
        "select format('%s %s %s %s', evtname, evtevent, evtfoid::regproc, evttags) as line from pg_event_trigger order by 1",
      ),
    };
  } finally {
    await pool.end();
  }
}

const RELATIONS = `(select * from pg_class where relnamespace in ('public'::regnamespace, 'staging'::regnamespace, to_regnamespace('asof_guard'))
  and relkind in ('r', 'p', 'v', 'm') and relname <> all($1)) c`;
