/** What one scrape of `GET /metrics` said, by series and labels as they are written. */
export type Samples = Map<string, number>;

export async function scrape(address: string): Promise<Samples> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

export const nameOf = (series: string): string => series.split("{")[0]!;

export function labelsOf(series: string): Record<string, string> {
  return Object.fromEntries(
    [...series.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, value!]),
  );
}

/** The sum over every sample of the series that has these labels, of one scrape or several. */
export function total(
  scrapes: Samples | readonly Samples[],
  name: string,
  labels: Record<string, string> = {},
): number {
  let sum = 0;
  for (const samples of scrapes instanceof Map ? [scrapes] : scrapes) {
    for (const [series, value] of samples) {
      if (nameOf(series) !== name) continue;
      const has = labelsOf(series);
      if (Object.entries(labels).every(([label, wanted]) => has[label] === wanted)) sum += value;
    }
  }
  return sum;
}
