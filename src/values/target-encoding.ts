/** How categories become what their labels were. */
export interface TargetEncoding {
  /** Features of more categories than that are encoded, the others keep theirs. */
  readonly above: number;
  /** So many rows of the average are added to those of each category. */
  readonly smoothing: number;
  /** Categories of fewer training rows count as unknown. */
  readonly minRows: number;
}

export const TARGET_ENCODING = {
  above: { min: 0, max: 254, default: 254 },
  smoothing: { min: 0, max: 100_000, default: 10 },
  minRows: { min: 1, max: 100_000, default: 2 },
} as const;
