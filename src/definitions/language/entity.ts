import { type DeclaredKey, type Keyed, keptKey } from "./key.js";

/** What rows are about: a source, and each view and prediction made of it, is keyed by one. */
export interface Entity extends Keyed {
  /** Each of them belongs to one of these: its own source has that one's key as a required column. */
  readonly belongsTo?: Entity;
  readonly description?: string;
}

/** `key: { customer_id: string() }`, one column or several; `key: "customer_id"` is short for one text. */
export const entity = (
  name: string,
  options: Omit<Entity, "name" | "key" | "keyColumns"> & { readonly key: DeclaredKey },
): Entity => ({ name, ...options, ...keptKey(name, options.key) });
