import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.js";

export interface Demo {
  child: ChildProcess;
  /** Everything it wrote so far. */
  output(): string;
  exited: Promise<number | null>;
  /** Where it serves, once the story is told. */
  address(): Promise<string>;
}

/** `npm run demo` less the build: the same program, with an embedded server of its own in `ASOF_HOME`. */
export function startDemo(env: Readonly<Record<"ASOF_HOME" | "DATA_DIR", string>>): Demo {
  const child = spawn(process.execPath, [".test-dist/demo/main.js"], {
    env: { ...process.env, ASOF_DEFINITIONS: "", PORT: "0", DATABASE_URL: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (text += chunk));
  const address = () =>
    until(
      "the demo serves",
      () => {
        if (child.exitCode !== null) throw new Error(`the demo ended:\n${text}`);
        return /playground: (http:\S+)\/graphql/.exec(text)?.[1];
      },
      120_000,
    );
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, output: () => text, exited, address };
}

/** Ends demos, where a limit of time cut a test short, too: they serve until they are told to end. */
export async function endDemos(home: string, demos: readonly Demo[]): Promise<void> {
  for (const { child } of demos)
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await until("its server has ended", () => !existsSync(join(home, "postgres/data/postmaster.pid")), 60_000);
}
