import { type Client, type Pool, quote, withTransaction } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import {
  entityOf,
  entitySourceOf,
  isEntitySource,
  keyOf,
  parentLinkOf,
} from "../definitions/language/entities.js";
import type { ExpectationTally, QuarantineRule } from "./expectation-tally.js";
import { declaredOf } from "./expectations/declared.js";
import { knownEntity, knownParent } from "./expectations/delivery/keys.js";
import { isQuarantining, keptOutTable, rowsTable, unfitTable } from "./quarantine-notes.js";
import { stagingTable } from "./staging.js";

/** What a run keeps out, and for which reasons: enough to publish it from its staging tables. */
export interface Quarantine {
  /** Rows of each source that has any. */
  rows: Record<string, number>;
  rules: QuarantineRule[];
}

/**
 * Takes the rows that break an expectation of a quarantining source out of staging, and with them, in whatever
 * source, the rows that refer to a key which is then neither delivered nor published: they follow, and their own
 * source is not blamed. One transaction, so that a step that is repeated finds all rows or all but these.
 */
export async function keepOut(
  pool: Pool,
  deployment: Deployment,
  runId: string,
  tally: ExpectationTally,
): Promise<Quarantine> {
  const rules = tally.quarantining().filter(({ source }) => tally.wasRead(source));
  const edges = references(deployment, tally);
  return withTransaction(pool, async (tx) => {
    const kept = keptOutTable(runId);
    await tx.query(`drop table if exists ${kept}`);
    await tx.query(`create unlogged table ${kept} (source text not null, line integer not null, key text)`);
    const own = new Map<string, number>();
    for (const source of tally.sources.filter(isQuarantining)) {
      const count = await keepOutUnfit(tx, runId, source, rules);
      if (count > 0) own.set(source.name, count);
    }
    const followed =
      own.size > 0 ? await keepOutFollowers(tx, deployment, runId, edges, [...own.keys()]) : [];
    const all = new Map(own);
    for (const { edge, count } of followed) {
      all.set(edge.source.name, (all.get(edge.source.name) ?? 0) + count);
    }
    for (const source of tally.sources) {
      if (!all.has(source.name) && !isQuarantining(source)) continue;
      tally.quarantined(source, all.get(source.name) ?? 0, own.get(source.name) ?? 0);
    }
    const following = new Map(followed.map(({ edge }) => [edge.rule.number, edge.rule]));
    return { rows: Object.fromEntries(all), rules: [...rules, ...following.values()] };
  });
}

/** Those that break a rule of their own. */
async function keepOutUnfit(
  tx: Client,
  runId: string,
  source: Source,
  rules: readonly QuarantineRule[],
): Promise<number> {
  const numbers = rules.filter((rule) => rule.source === source.name).map(({ number }) => number);
  if (numbers.length === 0) return 0;
  const { rowCount } = await tx.query(
    `insert into ${keptOutTable(runId)} (source, line, key)
     select $1, line, max(key) from ${unfitTable(runId)} where rule = any($2) group by line`,
    [source.name, numbers],
  );
  await tx.query(
    `delete from ${stagingTable(runId, source)} s using ${keptOutTable(runId)} k
     where k.source = $1 and k.line = s.line`,
    [source.name],
  );
  return rowCount ?? 0;
}

/** A column whose values must be keys of another source, and the reason given where such a key is kept out. */
interface Reference {
  source: Source;
  column: string;
  target: Source;
  rule: QuarantineRule;
}

/** References that tolerate no unknown key. Others are left as they are: what they refer to may be missing. */
function references(deployment: Deployment, tally: ExpectationTally): Reference[] {
  const { sources } = deployment;
  const known = (source: Source): Source => entitySourceOf(deployment, entityOf(deployment, source));
  const readable = tally.sources.filter(({ name }) => tally.wasRead(name));
  const found = readable
    .filter((source) => !isEntitySource(deployment, source))
    .map((source) => ({
      ...{ source, column: keyOf(deployment, source), target: known(source) },
      expectation: knownEntity.name,
    }));
  for (const source of readable) {
    const link = parentLinkOf(deployment, source);
    if (!link) continue;
    found.push({ source, column: link.column, target: link.to.source, expectation: knownParent.name });
  }
  for (const source of readable) {
    for (const { declaration, name, refersTo, columnOf } of declaredOf(source)) {
      if (refersTo === null || declaration.severity !== "ERROR" || declaration.mostly < 1) continue;
      const target = sources.find((each) => each.name === refersTo)!;
      const key = keyOf(deployment, source);
      const column = columnOf(key)!;
      const isOfEntity = target === known(source) && column === key;
      found.push({ source, column, target, expectation: isOfEntity ? knownEntity.name : name });
    }
  }
  return found.map(({ expectation, ...reference }, i) => {
    const { source, column, target } = reference;
    const why = `the row of this ${keyOf(deployment, target)} in ${tally.fileOf(target.name)} is in quarantine`;
    // Below 0: expectations themselves are numbered from 0.
    return { ...reference, rule: { number: -1 - i, source: source.name, column, expectation, rule: why } };
  });
}

/** Follows references until no row refers to what is kept out. Each round takes rows, so there is an end. */
async function keepOutFollowers(
  tx: Client,
  deployment: Deployment,
  runId: string,
  edges: readonly Reference[],
  from: readonly string[],
): Promise<{ edge: Reference; count: number }[]> {
  const followed: { edge: Reference; count: number }[] = [];
  let grown = new Set(from);
  while (grown.size > 0) {
    const next = new Set<string>();
    for (const edge of edges.filter(({ target }) => grown.has(target.name))) {
      const [key, targetKey] = [edge.source, edge.target].map((source) => quote(keyOf(deployment, source)));
      const [staged, target] = [stagingTable(runId, edge.source), stagingTable(runId, edge.target)];
      const { rowCount } = await tx.query(
        `with lost as materialized (
           select distinct k.key from ${keptOutTable(runId)} k where k.source = $1 and k.key is not null
             and not exists (select 1 from ${target} t where t.${targetKey} = k.key)
             and not exists (select 1 from ${quote(edge.target.name)} t where t.${targetKey} = k.key)
         ), taken as (
           delete from ${staged} s using lost where s.${quote(edge.column)}::text = lost.key
           returning s.line, s.${key} as key
         ), noted as (
           insert into ${unfitTable(runId)} (rule, line, key) select $2, line, key from taken
         )
         insert into ${keptOutTable(runId)} (source, line, key) select $3, line, key from taken`,
        [edge.target.name, edge.rule.number, edge.source.name],
      );
      if (!rowCount) continue;
      followed.push({ edge, count: rowCount });
      next.add(edge.source.name);
    }
    grown = next;
  }
  return followed;
}

/**
 * Within the publishing transaction: keeps what was kept out, with its reasons.
 * @returns rows
 */
export async function publishQuarantine(
  tx: Client,
  runId: string,
  asOf: string,
  { rows, rules }: Quarantine,
): Promise<void> {
  for (const source of Object.keys(rows)) {
    const own = rules.filter((rule) => rule.source === source);
    const words = own.map(({ number, column, expectation, rule }) => [number, { column, expectation, rule }]);
    await tx.query(
      `insert into quarantined_rows (run_id, as_of, source, line, key, reasons, row)
       select $1, $2, $3, r.line, r.key, u.reasons, r.row from ${rowsTable(runId)} r
       join (
         select line, json_agg($4::jsonb -> rule::text order by rule) as reasons
         from (select distinct rule, line from ${unfitTable(runId)} where rule = any($5)) noted group by line
       ) u using (line)
       where r.source = $3`,
      [runId, asOf, source, JSON.stringify(Object.fromEntries(words)), own.map(({ number }) => number)],
    );
  }
}
