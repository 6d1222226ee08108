import { parentKey } from "../db/parent-key.js";
import { type Queryable, quote } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { ParentLink } from "../definitions/language/entities.js";

/** Of each key the key of what it belongs to now, by the live rows: one statement; null where nobody knows it. */
export async function liveParents(
  db: Queryable,
  keys: readonly string[],
  link: ParentLink,
): Promise<(string | null)[]> {
  const { source, entity } = link.from;
  const { rows } = await db.query<{ parent: string | null }>({
    name: `asof_parent_${source.name}`,
    text: `select ${parentKey("e", link)} as parent from unnest($1::text[]) with ordinality asked(key, ordinal)
      left join ${quote(source.name)} e on e.${quote(entity.key)} = asked.key order by asked.ordinal`,
    values: [keys],
  });
  return rows.map(({ parent }) => parent);
}

/** What is read of one view's kind: columns of a source by the date. */
export interface ReadView {
  readonly name: string;
  readonly source: Deployment["sources"][number];
  readonly features: readonly string[];
  /** False: nothing is ever pushed to it, so it has no table of what was. */
  readonly takesPushes?: false;
}

const views = new WeakMap<ParentLink["from"], ReadView>();

/** The link as a view: what a row belongs to is read as of a date as its values are. */
export function parentView({ from, column }: ParentLink): ReadView {
  let view = views.get(from);
  if (!view) {
    view = {
      name: `${from.source.name}:parent`,
      source: from.source,
      features: [column],
      takesPushes: false,
    };
    views.set(from, view);
  }
  return view;
}
