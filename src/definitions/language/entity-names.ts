import { camelCase, type Entity } from "./deployment.js";

/** What an entity is called where clients see it: `customer` with key `customer_id`. */
export interface EntityNames {
  /** In messages: "customer", of `billing_account` "billing account". */
  readonly words: string;
  /** The same in the plural: "customers", "billing accounts". */
  readonly manyWords: string;
  /** The same with its article: "a customer", "an account". */
  readonly aWord: string;
  /** The GraphQL type: "Customer". */
  readonly type: string;
  /** Root fields: "customer", "customers". */
  readonly one: string;
  readonly many: string;
  /** The key in tables, files and JSON: "customer_id"; a list of keys: "customer_ids". */
  readonly column: string;
  readonly columns: string;
  /** The key in GraphQL: "customerId"; a list of keys: "customerIds". */
  readonly field: string;
  readonly fields: string;
}

const known = new WeakMap<Entity, EntityNames>();

export function entityNames(entity: Entity): EntityNames {
  let names = known.get(entity);
  if (!names) {
    const one = camelCase(entity.name);
    const field = camelCase(entity.key);
    const words = entity.name.replaceAll("_", " ");
    names = {
      words,
      manyWords: plural(words),
      aWord: `${/^[aeio]/.test(words) ? "an" : "a"} ${words}`,
      type: one.charAt(0).toUpperCase() + one.slice(1),
      one,
      many: plural(one),
      column: entity.key,
      columns: `${entity.key}s`,
      field,
      fields: `${field}s`,
    };
    known.set(entity, names);
  }
  return names;
}

/** Of English nouns: customers, companies, boxes. */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
