import type { FilterTable } from "./fields.js";
import { FilterReader } from "./parse-filter.js";
import type { FilterKey } from "./terms.js";

/** An order in MLflow's words. */
export interface FilterOrder extends FilterKey {
  readonly descending: boolean;
}

/** `field [ASC|DESC]`, each in a text of its own. @throws {MlflowError} */
export function parseOrder(texts: readonly string[], table: FilterTable): FilterOrder[] {
  return texts.map((text) => {
    const reader = new FilterReader(text, table, "order_by");
    const place = reader.token;
    const { entity, field } = reader.identifier();
    if (entity.entity === "datasets")
      reader.refuse("a field that each run has at most once was expected", place);
    const descending = reader.accept("DESC");
    if (!descending) reader.accept("ASC");
    if (!reader.isAtEnd) reader.refuse("ASC, DESC or the end was expected");
    return { entity: entity.entity, key: field.key, descending };
  });
}
