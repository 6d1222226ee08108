/** A point of a drift history, as the heat map needs it. */
export interface Point {
  asOf: string;
  against: string;
  feature: string;
  psi?: number | null;
  drifted: boolean;
  pending: boolean;
}

export interface Heat {
  dates: string[];
  /** The features, those that drifted last and most first. */
  rows: { feature: string; cells: (Point | undefined)[] }[];
  pending: number;
}

/** Features by dates. */
export function heatOf(points: readonly Point[]): Heat {
  const dates = [...new Set(points.map(({ asOf }) => asOf))];
  const byPlace = new Map(points.map((point) => [`${point.asOf} ${point.feature}`, point]));
  const rows = [...new Set(points.map(({ feature }) => feature))].map((feature) => ({
    feature,
    cells: dates.map((date) => byPlace.get(`${date} ${feature}`)),
  }));
  const last = ({ cells }: { cells: (Point | undefined)[] }) => cells.at(-1);
  rows.sort(
    (a, b) =>
      Number(last(b)?.drifted ?? false) - Number(last(a)?.drifted ?? false) ||
      (last(b)?.psi ?? -1) - (last(a)?.psi ?? -1),
  );
  return { dates, rows, pending: points.filter(({ pending }) => pending).length };
}

/** Upper ends of the classes of PSI; 0.1 and 0.25 are the usual limits of some and of much drift. */
export const HEAT_LIMITS = [0.02, 0.1, 0.25, 0.5] as const;

/** 0 to 4; the colours are in console.css. */
export function heatClass(psi: number): number {
  const found = HEAT_LIMITS.findIndex((limit) => psi < limit);
  return found === -1 ? HEAT_LIMITS.length : found;
}

/** `2 of 14 features drifted in the snapshot of 2024-02-29: monthly_fee, net_service.` */
export function driftInWords({ dates, rows }: Heat): string {
  const date = dates.at(-1);
  const drifted = rows.filter(({ cells }) => cells.at(-1)?.drifted).map(({ feature }) => feature);
  const names = drifted.length > 0 ? `: ${drifted.join(", ")}` : "";
  return `${drifted.length} of ${rows.length} features drifted in the snapshot of ${date}${names}.`;
}
