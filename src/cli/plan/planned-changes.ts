/** What `npm run db:generate -- --plan` prints: what the next migration would do, in the words of definitions. */
export interface PlannedChanges {
  /** There is no migration yet. */
  readonly isFirst: boolean;
  readonly statements: readonly string[];
  readonly refusals: readonly { readonly problem: string; readonly lines: readonly string[] }[];
  readonly changes: readonly PlannedChange[];
  readonly features: readonly { view: string; added: readonly string[]; gone: readonly string[] }[];
}

export type PlannedChange =
  | { readonly kind: "added"; readonly source: string; readonly column: string; readonly type: string }
  | { readonly kind: "retired"; readonly source: string; readonly column: string }
  | { readonly kind: "renamed"; readonly source: string; readonly column: string; readonly to: string }
  /** Where the source comes from, as definitions write it. */
  | { readonly kind: "moved"; readonly source: string; readonly from: string; readonly to: string }
  | { readonly kind: "delivered"; readonly source: string; readonly to: "always" | "sometimes" }
  /** How many days of its events are kept; null: all. */
  | {
      readonly kind: "kept";
      readonly source: string;
      readonly from: number | null;
      readonly to: number | null;
    };
