import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { type FeatureValue, TrainingDataBuilder } from "../../src/training/training-data.js";
import type { TrainingData } from "../../src/training/types.js";

const ROOT = join(import.meta.dirname, "../../../shared/streamflow");
export const hasStreamflow = existsSync(join(ROOT, "month_000/labels.csv"));

const FEATURES: Record<string, string[]> = {
  subscriptions: [
    "months_active",
    "monthly_fee",
    "paperless_billing",
    "plan_stream_tv",
    "plan_stream_movies",
    "net_service",
  ],
  usage_agg_30d: [
    "watch_hours_30d",
    "avg_session_mins_7d",
    "unique_devices_30d",
    "skips_7d",
    "rebuffer_events_7d",
  ],
  payments_agg_90d: ["failed_payments_90d"],
  support_agg_90d: ["support_tickets_90d", "ticket_avg_resolution_hrs_90d"],
};

type Row = Record<string, string>;

/** The features of the real input's `month` joined by user, empty cells missing. */
export function readMonth(month: "month_000" | "month_001"): TrainingData {
  const read = (file: string): Row[] =>
    parse(readFileSync(join(ROOT, month, `${file}.csv`)), { columns: true });
  const tables = Object.keys(FEATURES).map(
    (view) => new Map(read(view).map((row) => [row.user_id, row] as const)),
  );
  const columns = Object.values(FEATURES);
  const features = columns.flat().map((name) => ({
    name,
    kind: name === "net_service" ? ("categorical" as const) : ("numeric" as const),
  }));
  const builder = new TrainingDataBuilder(features);
  for (const { user_id: user, churn_label: label } of read("labels")) {
    const values = columns.flatMap((names, k) =>
      names.map((name) => cell(name, tables[k]?.get(user)?.[name])),
    );
    builder.add(user!, label === "True", values);
  }
  return builder.finish();
}

function cell(name: string, text: string | undefined): FeatureValue {
  if (text === undefined || text === "") return null;
  if (text === "True" || text === "False") return text === "True";
  return name === "net_service" ? text : Number(text);
}
