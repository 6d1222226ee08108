export const COMPARISONS = ["=", "!=", ">", ">=", "<", "<="] as const;
export const PATTERNS = ["LIKE", "ILIKE"] as const;
export const MEMBERSHIPS = ["IN", "NOT IN"] as const;
export const PRESENCES = ["IS NULL", "IS NOT NULL"] as const;

export type SearchComparison = (typeof COMPARISONS)[number];
export type SearchOperator =
  | SearchComparison
  | (typeof PATTERNS)[number]
  | (typeof MEMBERSHIPS)[number]
  | (typeof PRESENCES)[number];

/** What something that is searched holds: a field of its own, or what was logged, set or read under a name. */
export type SearchLeaf =
  | { readonly field: string }
  | { readonly metric: string }
  | { readonly param: string }
  | { readonly tag: string }
  /** Of a dataset that a run read; the last is a tag of it. */
  | { readonly dataset: "name" | "digest" }
  | { readonly datasetTag: string };

/** What is compared: what is held, or a text that is made of it, as a protocol shows it. */
export type SearchTerm =
  | SearchLeaf
  /** Itself. */
  | { readonly text: string }
  /** The first of them that is there. */
  | { readonly firstOf: readonly SearchTerm[] }
  /** One after the other; nothing where one is missing. */
  | { readonly joined: readonly SearchTerm[] }
  /** By other names for its values; one that has none stays. */
  | { readonly named: SearchTerm; readonly as: Readonly<Record<string, string>> };

/** One of the conditions that all must hold. `value` is a list for IN, null for IS NULL. */
export interface SearchCondition {
  readonly term: SearchTerm;
  readonly operator: SearchOperator;
  readonly value: string | number | readonly string[] | null;
}

export interface SearchOrder {
  readonly term: SearchTerm;
  readonly descending: boolean;
}

/** What is found: put aside or not, or either. */
export type SearchView = "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";

export interface SearchRequest {
  readonly conditions: readonly SearchCondition[];
  readonly order: readonly SearchOrder[];
  readonly view: SearchView;
  readonly first: number;
  /** As the page before gave it. */
  readonly after: string | null;
}

export interface SearchPage<Row> {
  readonly found: Row[];
  /** Null on the last page. */
  readonly next: string | null;
}
