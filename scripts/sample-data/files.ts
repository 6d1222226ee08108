import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Account, generateAccounts } from "./accounts.js";
import { type Activity, generateMonths } from "./activity.js";

export const SEED = 20_240_131;
export const USER_COUNT = 7_043;

/** Writes `month_000` and `month_001` under the directory: the same bytes every time, on every machine. */
export async function writeSampleData(directory: string): Promise<void> {
  const accounts = generateAccounts(SEED, USER_COUNT);
  for (const [index, month] of generateMonths(SEED, accounts).entries()) {
    const folder = join(directory, `month_${String(index).padStart(3, "0")}`);
    await mkdir(folder, { recursive: true });
    const rows = accounts.map((account, i) => ({
      ...account,
      ...month.activity[i]!,
      churned: month.churned[i]!,
    }));
    for (const [name, columns] of Object.entries(FILES)) {
      await writeFile(join(folder, name), toCsv(rows, columns));
    }
  }
}

type Row = Account & Activity & { churned: boolean };
type Columns = Record<string, (row: Row) => string>;

const FILES: Record<string, Columns> = {
  "users.csv": {
    user_id: (row) => row.userId,
    signup_date: (row) => row.signupDate,
    user_gender: (row) => row.gender,
    user_is_senior: (row) => boolean(row.isSenior),
    has_family: (row) => boolean(row.hasFamily),
    has_dependents: (row) => boolean(row.hasDependents),
  },
  "subscriptions.csv": {
    user_id: (row) => row.userId,
    months_active: (row) => String(row.monthsActive),
    plan_stream_tv: (row) => boolean(row.streamTv),
    plan_stream_movies: (row) => boolean(row.streamMovies),
    contract_type: (row) => row.contractType,
    paperless_billing: (row) => boolean(row.paperlessBilling),
    monthly_fee: (row) => decimal(row.monthlyFee, 2),
    total_paid: (row) => decimal(row.totalPaid, 2),
    net_service: (row) => row.netService,
  },
  "usage_agg_30d.csv": {
    user_id: (row) => row.userId,
    watch_hours_30d: (row) => decimal(row.watchHours, 9),
    avg_session_mins_7d: (row) => decimal(row.avgSessionMins, 9),
    unique_devices_30d: (row) => String(row.uniqueDevices),
    skips_7d: (row) => String(row.skips),
    rebuffer_events_7d: (row) => String(row.rebufferEvents),
  },
  "payments_agg_90d.csv": {
    user_id: (row) => row.userId,
    failed_payments_90d: (row) => String(row.failedPayments),
  },
  "support_agg_90d.csv": {
    user_id: (row) => row.userId,
    support_tickets_90d: (row) => String(row.supportTickets),
    ticket_avg_resolution_hrs_90d: (row) => decimal(row.ticketResolutionHours, 1),
  },
  "labels.csv": {
    user_id: (row) => row.userId,
    churn_label: (row) => boolean(row.churned),
  },
};

function toCsv(rows: readonly Row[], columns: Columns): string {
  const cells = Object.values(columns);
  const lines = rows.map((row) => cells.map((cell) => cell(row)).join(","));
  return `${[Object.keys(columns).join(","), ...lines].join("\n")}\n`;
}

function boolean(value: boolean | null): string {
  if (value === null) return "";
  return value ? "True" : "False";
}

/** At most `places` decimals and at least one: `16.0`, `29.85`. */
function decimal(value: number, places: number): string {
  const text = String(Number(value.toFixed(places)));
  return text.includes(".") ? text : `${text}.0`;
}
