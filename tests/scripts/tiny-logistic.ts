/** Logistic regression by plain gradient descent on standardised columns; returns a function that scores a row. */
export function fitLogistic(rows: number[][], labels: boolean[]): (row: number[]) => number {
  const width = rows[0]!.length;
  const columns = Array.from({ length: width }, (_, j) => rows.map((row) => row[j]!));
  const means = columns.map((column) => mean(column));
  const deviations = columns.map(
    (column, j) => Math.sqrt(mean(column.map((x) => (x - means[j]!) ** 2))) || 1,
  );
  const standardise = (row: number[]) => row.map((x, j) => (x - means[j]!) / deviations[j]!);

  const weights = new Array<number>(width).fill(0);
  let intercept = 0;
  const score = (row: number[]) => row.reduce((sum, x, j) => sum + x * weights[j]!, intercept);
  const inputs = rows.map(standardise);
  for (let step = 0; step < 200; step++) {
    const gradient = new Array<number>(width).fill(0);
    let interceptGradient = 0;
    inputs.forEach((row, i) => {
      const error = Number(labels[i]) - 1 / (1 + Math.exp(-score(row)));
      interceptGradient += error;
      for (let j = 0; j < width; j++) gradient[j]! += error * row[j]!;
    });
    intercept += interceptGradient / inputs.length;
    for (let j = 0; j < width; j++) weights[j]! += gradient[j]! / inputs.length;
  }
  return (row) => score(standardise(row));
}

/** The chance that a positive outranks a negative; ties count half (Mann–Whitney). */
export function rankAuc(scores: number[], labels: boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    for (let k = start; k < end; k++) {
      if (!labels[order[k]!]) continue;
      positives++;
      rankSum += (start + 1 + end) / 2;
    }
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
