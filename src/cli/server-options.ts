import type { Parameter } from "./command.js";
import { flag, text } from "./kinds.js";

/** What every command that asks a server takes. */
export const SERVER_OPTIONS: readonly Parameter[] = [
  inEvery("url", text("url"), "The server. ASOF_URL, else http://127.0.0.1:$PORT (4000)"),
  inEvery("token", text("token"), "Sent as bearer token. ASOF_TOKEN: what is typed here is seen by others"),
  inEvery("actor", text("name"), "Who asks, where no token says so. ASOF_ACTOR, else the account's name"),
  inEvery("json", flag, "Prints the server's answer as JSON, for programs"),
  inEvery("local", flag, "Shows times in this machine's zone instead of UTC"),
];

function inEvery(name: string, kind: Parameter["kind"], description: string): Parameter {
  return { name, kind, description, required: false, many: false, heading: "Server and output" };
}
