import type { Session } from "./lane-client.js";

/** What a connection is opened with to be one of a lane. */
export const optionsOf = ({ settings, timeoutMs }: Session): string =>
  Object.entries(withTimeout(settings, timeoutMs))
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");

const withTimeout = (settings: Session["settings"], timeoutMs: number | null): Session["settings"] =>
  timeoutMs ? { ...settings, statement_timeout: String(timeoutMs) } : settings;

/** Statements that make a connection of one lane one of another; empty where there is nothing to change. */
export function changeOf(from: Session, to: Session): string {
  const [before, after] = [
    withTimeout(from.settings, from.timeoutMs),
    withTimeout(to.settings, to.timeoutMs),
  ];
  const set = Object.entries(after).map(([name, value]) => `set ${name} = '${value}'`);
  // `reset` would go back to what the connection was opened with, which may be another lane's.
  const reset = Object.keys(before).filter((name) => !(name in after));
  return [...set, ...reset.map((name) => `set ${name} to ${DEFAULTS[name] ?? "default"}`)].join("; ");
}

/** PostgreSQL's own: what a server was configured with a session opened with another value cannot say. */
const DEFAULTS: Record<string, string> = {
  statement_timeout: "0",
  plan_cache_mode: "auto",
  max_parallel_workers_per_gather: "2",
};
