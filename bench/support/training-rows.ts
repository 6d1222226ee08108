/**
 * Rows shaped like the real input's churn table, by seed: 14 features of its kinds and cardinalities, one in five with
 * missing values, and labels with non-linear effects and interactions, noise on top.
 */
export const FEATURES = [
  "months_active",
  "monthly_fee",
  "paperless_billing",
  "plan_stream_tv",
  "plan_stream_movies",
  "watch_hours_30d",
  "avg_session_mins_7d",
  "unique_devices_30d",
  "skips_7d",
  "rebuffer_events_7d",
  "failed_payments_90d",
  "support_tickets_90d",
  "ticket_avg_resolution_hrs_90d",
  "net_service",
] as const;
export const CATEGORIES = ["DSL", "Fiber optic", "No"];
/** The categorical column's index; its values are codes into CATEGORIES. */
export const CATEGORY_AT = 13;

export interface Rows {
  /** Row-major, rows x FEATURES. */
  values: Float32Array;
  labels: Float64Array;
}

export type LabelKind = keyof typeof LABELS;
/** Uniform in [0, 1), and a bell of deviation 0.58. */
interface Chance {
  uniform(): number;
  normal(): number;
}

/** What is to be learnt, of a row's signal (its log-odds, about -5 to 4) and its numbers. */
const LABELS = {
  "yes or no": (signal: number, _row: readonly number[], { uniform }: Chance) =>
    uniform() < 1 / (1 + Math.exp(-signal - 0.9)) ? 1 : 0,
  value: (signal: number, _row: readonly number[], { normal }: Chance) => 60 + 14 * signal + 17 * normal(),
  /** A value with errors of long tails, as Laplace's. */
  "far value": (signal: number, _row: readonly number[], { uniform }: Chance) => {
    const side = uniform() < 0.5 ? 1 : -1;
    return 60 + 14 * signal - side * 8 * Math.log(1 - uniform());
  },
  count: (signal: number, _row: readonly number[], { uniform }: Chance) => poisson(signal, uniform),
  /** A sum of a random number of amounts, often 0. */
  amount(signal: number, _row: readonly number[], { uniform }: Chance) {
    let sum = 0;
    for (let k = poisson(signal, uniform); k > 0; k--) sum -= 20 * Math.log(1 - uniform());
    return sum;
  },
  "one of five"(signal: number, row: readonly number[], { uniform }: Chance) {
    const [months, fee, , , , hours, , devices, skips, rebuffers] = row as [number, ...number[]];
    const scores = [
      signal,
      Math.sin(hours! / 9) - 0.6,
      fee! > 60 && months < 20 ? 0.9 : -0.7,
      0.4 * devices! - 1.6,
      0.12 * skips! + (rebuffers! > 2 ? 0.8 : -0.4) - 0.9,
    ].map((score) => Math.exp(1.5 * score));
    let rest = uniform() * scores.reduce((sum, score) => sum + score, 0);
    for (const [place, score] of scores.entries()) {
      rest -= score;
      if (rest < 0) return place;
    }
    return 0;
  },
};
export const CLASSES = 5;

function poisson(signal: number, uniform: () => number): number {
  let rest = Math.exp(0.5 * signal + 1);
  for (let count = 0; ; count++) {
    rest += Math.log(1 - uniform());
    if (rest < 0) return count;
  }
}

export function generateRows(rows: number, seed: number, kind: LabelKind): Rows {
  const width = FEATURES.length;
  const values = new Float32Array(rows * width);
  const labels = new Float64Array(rows);
  const uniform = sfc32(seed);
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  for (let row = 0; row < rows; row++) {
    const net = uniform() < 0.35 ? 0 : uniform() < 0.68 ? 1 : 2;
    const months = Math.floor(72 * uniform() ** 1.5);
    const plan = () => (net === 2 ? Number.NaN : uniform() < 0.5 ? 1 : 0);
    const [tv, movies] = [plan(), plan()];
    const fee =
      Math.round((20 + (net === 1 ? 45 : net === 0 ? 25 : 0) + 12 * (tv || 0) + 4 * normal()) * 20) / 20;
    const hours = Math.max(0, 30 + 14 * normal() + (movies || 0) * 6);
    const session = uniform() < 0.04 ? Number.NaN : Math.max(1, 25 + 11 * normal());
    const devices = 1 + Math.floor(5 * uniform() ** 2);
    const skips = Math.floor(-4 * Math.log(1 - uniform()));
    const rebuffers = Math.floor(-1.4 * Math.log(1 - uniform()));
    const failed = uniform() < 0.85 ? 0 : 1 + Math.floor(3 * uniform());
    const tickets = uniform() < 0.6 ? 0 : 1 + Math.floor(-1.2 * Math.log(1 - uniform()));
    const resolution = tickets === 0 ? Number.NaN : Math.max(0.5, 20 + 12 * normal());
    const paperless = uniform() < 0.6 ? 1 : 0;
    const numbers = [
      ...[months, fee, paperless, tv, movies, hours, session, devices],
      ...[skips, rebuffers, failed, tickets, resolution, net],
    ];
    values.set(numbers, row * width);
    const signal =
      -1.1 -
      0.9 * Math.log1p(months / 8) +
      (net === 1 ? 0.9 : net === 2 ? -0.8 : 0) +
      0.5 * failed +
      (months < 12 && fee > 70 ? 0.7 : 0) +
      0.25 * tickets * (resolution > 24 ? 1 : 0.2) +
      0.6 * Math.sin(hours / 9) +
      (rebuffers > 3 ? 0.5 : 0) +
      0.02 * skips * (session < 15 ? 2 : 1) +
      0.2 * paperless;
    labels[row] = LABELS[kind](signal, numbers, { uniform, normal });
  }
  return { values, labels };
}

/** Chris Doty-Humphrey's small fast counting generator (PractRand), uniform in [0, 1). */
function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let k = 0; k < 12; k++) next();
  return next;
}
