export interface Spread {
  mean: number;
  /** Sample standard deviation (n - 1 in the denominator); 0 of a single value. */
  std: number;
}

export function meanAndDeviation(values: number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}
