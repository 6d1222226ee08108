import type { Session } from "./lane-client.js";

/** What a connection is opened with to be one of a lane. */
export const optionsOf = (session: Session): string =>
  Object.entries(settingsOf(session))
    .filter(([name]) => name in DEFAULTS)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");

/** Statements after it was opened; empty where there is nothing more to set. */
export const settingsAfter = (session: Session): string =>
  Object.entries(settingsOf(session))
    .filter(([name]) => !(name in DEFAULTS))
    .map(([name, value]) => `set ${name} = '${value}'`)
    .join("; ");

const settingsOf = ({ settings, timeoutMs }: Session): Session["settings"] =>
  timeoutMs ? { ...settings, statement_timeout: String(timeoutMs) } : settings;

/** Statements that make a connection of one lane one of another; empty where there is nothing to change. */
export function changeOf(from: Session, to: Session): string {
  const [before, after] = [settingsOf(from), settingsOf(to)];
  const set = Object.entries(after).map(([name, value]) => `set ${name} = '${value}'`);
  const left = Object.keys(before).filter((name) => !(name in after));
  return [
    ...set,
    ...left.map((name) => (name in DEFAULTS ? `set ${name} to ${DEFAULTS[name]}` : `reset ${name}`)),
  ].join("; ");
}

/**
 * What asof takes where a lane sets nothing, whatever the server has. `reset` would go back to what the connection was opened
 * with, which may be another lane's. Settings that are the server's to choose are made after it was opened, and reset.
 */
const DEFAULTS: Record<string, string> = { statement_timeout: "0", plan_cache_mode: "auto" };
