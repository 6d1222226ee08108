import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * One synthetic month of the shipped schema for `users` users, streamed to `<dataDir>/<name>/`; the same every time.
 * @param month of every user, or of each
 * @param only these of its files, beside those that are there
 */
export async function writeMonth(
  dataDir: string,
  name: string,
  users: number,
  month: number | ((user: number) => number),
  only: readonly string[] = Object.keys(FILES),
): Promise<void> {
  const monthOf = typeof month === "number" ? () => month : month;
  const folder = join(dataDir, name);
  mkdirSync(folder, { recursive: true });
  for (const source of only) {
    const { header, row } = FILES[source]!;
    const out = createWriteStream(join(folder, `${source}.csv`), { highWaterMark: 1 << 20 });
    let chunk = `${header}\n`;
    for (let i = 0; i < users; i++) {
      chunk += `${userId(i)},${row(i, draw(i, monthOf(i)))}\n`;
      if (chunk.length > 1 << 18) {
        if (!out.write(chunk)) await once(out, "drain");
        chunk = "";
      }
    }
    out.end(chunk);
    await once(out, "finish");
  }
}

export const userId = (i: number): string => `${String(i).padStart(8, "0")}-USER`;

/** A few independent-looking numbers in [0, 1) per user and month. */
function draw(i: number, month: number): (k: number) => number {
  return (k) => {
    let h = (i * 2654435761 + month * 40503 + k * 97) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 2246822519) >>> 0;
    h = Math.imul(h ^ (h >>> 13), 3266489917) >>> 0;
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
  };
}

const bool = (value: boolean): string => (value ? "True" : "False");
const NETS = ["DSL", "Fiber optic", "No"];
const CONTRACTS = ["Month-to-month", "One year", "Two year"];

const FILES: Record<string, { header: string; row(i: number, u: (k: number) => number): string }> = {
  users: {
    header: "user_id,signup_date,user_gender,user_is_senior,has_family,has_dependents",
    row: (i) =>
      `2022-0${(i % 9) + 1}-1${i % 10},${i % 2 ? "Male" : "Female"},${bool(i % 7 === 0)},${bool(i % 3 === 0)},${bool(i % 5 === 0)}`,
  },
  subscriptions: {
    header:
      "user_id,months_active,plan_stream_tv,plan_stream_movies,contract_type,paperless_billing,monthly_fee,total_paid,net_service",
    row: (i) => {
      const net = NETS[i % 3]!;
      const plan = (k: number) => (net === "No" ? "" : bool((i >> k) % 2 === 0));
      return `${i % 72},${plan(1)},${plan(2)},${CONTRACTS[i % 3]},${bool(i % 2 === 0)},${20 + (i % 9000) / 100},${(i % 800000) / 100},${net}`;
    },
  },
  usage_agg_30d: {
    header: "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,rebuffer_events_7d",
    row: (i, u) =>
      `${u(1) * 80},${u(2) * 60},${(i % 5) + 1},${Math.floor(u(3) * 12)},${Math.floor(u(4) * 5)}`,
  },
  payments_agg_90d: { header: "user_id,failed_payments_90d", row: (_, u) => `${Math.floor(u(5) * 3)}` },
  support_agg_90d: {
    header: "user_id,support_tickets_90d,ticket_avg_resolution_hrs_90d",
    row: (_, u) => `${Math.floor(u(6) * 4)},${Math.round(u(7) * 480) / 10}`,
  },
  labels: { header: "user_id,churn_label", row: (_, u) => bool(u(8) < 0.26) },
};
