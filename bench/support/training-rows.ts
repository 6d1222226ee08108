/**
 * Rows shaped like the real input's churn table, by seed: 14 features of its kinds and cardinalities, one in five with
 * missing values, and a label with non-linear effects and interactions, noise on top.
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
  labels: Uint8Array;
}

export function generateRows(rows: number, seed: number, shared = true): Rows {
  const width = FEATURES.length;
  const buffer = (bytes: number) => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  const values = new Float32Array(buffer(4 * rows * width) as ArrayBuffer);
  const labels = new Uint8Array(buffer(rows) as ArrayBuffer);
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
    const base = row * width;
    values.set(
      [
        months,
        fee,
        paperless,
        tv,
        movies,
        hours,
        session,
        devices,
        skips,
        rebuffers,
        failed,
        tickets,
        resolution,
        net,
      ],
      base,
    );
    const logOdds =
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
    labels[row] = uniform() < 1 / (1 + Math.exp(-logOdds - 0.9)) ? 1 : 0;
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
