import type { Entity } from "./entity.js";
import { keyColumnsOf } from "./key.js";
import { keyInJson } from "./key-form.js";
import { camelCase } from "./names.js";

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
  /** The key in files and JSON: "customer_id", of several columns "key"; a list of keys: "customer_ids", "keys". */
  readonly column: string;
  readonly columns: string;
  /** The key in GraphQL: "customerId", of several columns "key"; a list of keys: "customerIds", "keys". */
  readonly field: string;
  readonly fields: string;
  /** A key as JSON has it: its value, of several columns an object. */
  readonly keyInJson: (key: string) => unknown;
  /** The mutation that erases one: "eraseCustomer". */
  readonly erase: string;
}

const known = new WeakMap<Entity, EntityNames>();

export function entityNames(entity: Entity): EntityNames {
  let names = known.get(entity);
  if (!names) {
    const one = camelCase(entity.name);
    const keyColumns = keyColumnsOf(entity);
    const { column, field } = keyColumns.length === 1 ? keyColumns[0]! : { column: "key", field: "key" };
    const words = entity.name.replaceAll("_", " ");
    const type = one.charAt(0).toUpperCase() + one.slice(1);
    names = {
      words,
      manyWords: plural(words),
      aWord: `${/^[aeio]/.test(words) ? "an" : "a"} ${words}`,
      type,
      one,
      many: plural(one),
      column,
      columns: `${column}s`,
      field,
      fields: `${field}s`,
      keyInJson: (key) => keyInJson(entity, key),
      erase: `erase${type}`,
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
