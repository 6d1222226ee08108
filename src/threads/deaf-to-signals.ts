/** Signals sent to a whole group, by a terminal or a service manager say: the parent still works, and ends this process when it has. */
export function beDeafToSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => {});
}
