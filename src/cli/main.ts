import { constants } from "node:os";
import { asof } from "./asof.js";
import { processTerminal } from "./terminal.js";

/** As a shell would say it; what a command has begun is undone by its listener of "exit". */
function endOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

// A reader that has seen enough, such as `asof runs | head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await asof(process.argv.slice(2), process.env, processTerminal, (command) => {
  if (!command.handlesSignals) endOnSignals();
});
