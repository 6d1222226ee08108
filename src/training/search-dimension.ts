/** How one parameter is drawn: always the same, one of several, or from a range, by its logarithm where `log`. */
export type Dimension =
  | { readonly fixed: number | string }
  | { readonly choices: readonly (number | string)[] }
  | { readonly min: number; readonly max: number; readonly log: boolean };
/** By parameter; what is not in it stays at its default. */
export type SearchSpace = Readonly<Record<string, Dimension>>;
