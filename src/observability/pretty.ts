import type { DestinationStream } from "pino";

/** For a terminal: pino's JSON lines as a person reads them, one line each and an error's stack below. */
export function prettyLines(output: DestinationStream, colours: boolean): DestinationStream {
  return { write: (text: string) => output.write(text.replace(/[^\n]+/g, (line) => pretty(line, colours))) };
}

const LEVELS: Record<number, [name: string, colour: number]> = {
  10: ["TRACE", 90],
  20: ["DEBUG", 90],
  30: ["INFO", 32],
  40: ["WARN", 33],
  50: ["ERROR", 31],
  60: ["FATAL", 41],
};
const PLAIN = /^[\w./:@+-]+$/;

function pretty(line: string, colours: boolean): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry !== "object" || entry === null || typeof entry.level !== "number") return line;
  const { level, time, pid: _pid, hostname: _hostname, msg, err, ...fields } = entry;
  const [name, colour] = LEVELS[level as number] ?? [`LEVEL ${level}`, 0];
  const paint = (text: string, code: number) =>
    colours && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  const { stack, message, ...about } = (err ?? {}) as { stack?: string; message?: string };
  const shown = Object.entries({ ...fields, ...(stack ? {} : err ? { err: message ?? about } : {}) });
  const rest = shown.map(([key, value]) => `${key}=${show(value)}`).join(" ");
  const at = new Date(typeof time === "number" ? time : Date.now()).toISOString().slice(11, 23);
  const head = `${paint(at, 90)} ${paint(name.padEnd(5), colour)} ${escapeControls(String(msg ?? ""))}`;
  const below = stack ? `\n${escapeControls(stack).replace(/^/gm, "    ")}` : "";
  return `${head}${rest ? `  ${paint(rest, 90)}` : ""}${below}`;
}

/** JSON keeps what a client sent from being taken for a command to the terminal; a message is shown as it is. */
function show(value: unknown): string {
  return typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
}

const escapeControls = (text: string): string =>
  text.replace(/[^\P{Cc}\n]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
