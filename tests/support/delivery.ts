import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Rows of one file: the header, then one text row each. */
export type Files = Record<string, string[]>;

/** A valid little delivery of the test deployment for these users; override or add files to break it. */
export function smallDelivery(users: readonly string[]): Files {
  const rows = (header: string, row: (user: string, i: number) => string) => [header, ...users.map(row)];
  return {
    users: rows(
      "user_id,signup_date,user_gender,user_is_senior,has_family,has_dependents",
      (u, i) =>
        `${u},2022-01-${String((i % 28) + 1).padStart(2, "0")},${i % 2 ? "Male" : "Female"},False,True,False`,
    ),
    subscriptions: rows(
      "user_id,months_active,plan_stream_tv,plan_stream_movies,contract_type,paperless_billing,monthly_fee,total_paid,net_service",
      (u, i) =>
        `${u},${i},${i % 3 ? "False" : ""},True,Month-to-month,True,${20 + i}.5,100.25,${i % 2 ? "DSL" : "Fiber optic"}`,
    ),
    usage_agg_30d: rows(
      "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,rebuffer_events_7d",
      (u, i) => `${u},${i}.125,29.5,${(i % 3) + 1},${i % 7},${i % 4}`,
    ),
    payments_agg_90d: rows("user_id,failed_payments_90d", (u, i) => `${u},${i % 2}`),
    support_agg_90d: rows(
      "user_id,support_tickets_90d,ticket_avg_resolution_hrs_90d",
      (u, i) => `${u},${i % 5},${i % 9}.5`,
    ),
    labels: rows("user_id,churn_label", (u, i) => `${u},${i % 3 === 0 ? "True" : "False"}`),
  };
}

export const userIds = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `U-${String(i).padStart(5, "0")}`);

/** Writes a delivery's CSV files to `<dataDir>/<name>/`. */
export function writeDelivery(dataDir: string, name: string, files: Files): void {
  const folder = join(dataDir, name);
  mkdirSync(folder, { recursive: true });
  for (const [source, lines] of Object.entries(files)) {
    writeFileSync(join(folder, `${source}.csv`), `${lines.join("\n")}\n`);
  }
}
