import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Cluster } from "./cluster.js";
import { until } from "./until.js";

/** The clock of a cluster's processes and of its database, to be set as an operator or NTP would set it. */
export interface ShiftedClock {
  /** For each process of the cluster. */
  env: Record<string, string>;
  /** From here on all of them tell another time, by so much; what measures durations (performance.now) goes on. */
  set(byMs: number, pids: readonly number[]): Promise<void>;
}

/** Before any process of the cluster has started: what the migrations make must mean this clock, too. */
export async function shiftedClock({ dataDir, url, sql }: Cluster): Promise<ShiftedClock> {
  const database = new URL(url).pathname.slice(1);
  await sql(`
    create table clock_shift (by interval not null);
    insert into clock_shift values ('0');
    create function public.clock_timestamp() returns timestamptz language sql volatile as
      'select pg_catalog.clock_timestamp() + by from public.clock_shift';
    create function public.now() returns timestamptz language sql stable as
      'select pg_catalog.now() + by from public.clock_shift'`);
  // Named explicitly, pg_catalog comes second: clock_timestamp() is the one above.
  await sql(`alter database "${database}" set search_path = public, pg_catalog`);
  const shift = join(dataDir, "clock-shift");
  const preload = join(dataDir, "shifted-clock.mjs");
  writeFileSync(shift, "0");
  writeFileSync(preload, PRELOAD);
  return {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`, CLOCK_SHIFT: shift },
    set: async (byMs, pids) => {
      await sql("update clock_shift set by = make_interval(secs => $1::float8 / 1000)", [byMs]);
      writeFileSync(shift, String(byMs));
      await until("every process tells the new time", () =>
        pids.every(
          (pid) => existsSync(`${shift}.${pid}`) && readFileSync(`${shift}.${pid}`, "utf8") === String(byMs),
        ),
      );
    },
  };
}

const PRELOAD = `
import { readFileSync, writeFileSync } from "node:fs";
const file = process.env.CLOCK_SHIFT, RealDate = Date;
let shift = 0;
setInterval(() => {
  const text = readFileSync(file, "utf8");
  if (text === "" || Number(text) === shift) return;
  shift = Number(text);
  writeFileSync(file + "." + process.pid, text);
}, 10).unref();
const now = () => RealDate.now() + shift;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length ? args : [now()], newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : target[name]),
});
`;
