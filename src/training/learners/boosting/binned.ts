export interface FeatureBins {
  /** Index into the matrix's columns. */
  column: number;
  /** That column's. */
  name: string;
  categorical: boolean;
  /** Of a numeric feature: bin b holds the values <= edges[b] and > edges[b - 1]; the last bin has no edge. */
  edges: Float32Array;
  /** Bins of present values; code `bins` is "missing". */
  bins: number;
  hasMissing: boolean;
  /** `bins`, and one more when any value is missing. */
  codes: number;
  /** Index of the byte that holds this feature: its code is floor(byte / stride) % codes. */
  byte: number;
  stride: number;
}

/** Joint codes of the features packed into one byte. */
export interface PackedByte {
  /** Indices into the binned features. */
  features: number[];
  /** Product of the features' codes, at most 256. */
  codes: number;
  /** First cell of this byte in a histogram. */
  offset: number;
}

/** Codes of every row; features that tell no two rows apart are left out. */
export interface BinnedMatrix {
  rows: number;
  features: FeatureBins[];
  bytes: PackedByte[];
  /** Row-major, rows x bytes; shared. */
  codes: Uint8Array;
  /** Cells of a histogram over all bytes. */
  cells: number;
}
