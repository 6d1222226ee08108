/** Where a command line writes: the process's own streams, or what a test collects. */
export interface Terminal {
  /** What was asked for. */
  out(text: string): void;
  /** Why it failed, and notes beside what was asked for. */
  err(text: string): void;
  /** How long a line may be that is written over; undefined where nothing can be, as in a file. */
  readonly columns: number | undefined;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  },
};
