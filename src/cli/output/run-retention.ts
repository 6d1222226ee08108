interface RetentionAnswer {
  dryRun: boolean;
  before: string;
  artifacts: number;
  bytesFreed: number;
  more: boolean;
  runIds: string[];
  kept: { reason: string; runs: number }[];
}

/** What old runs went, or would, and what stays, line by line. */
export function retentionLines(answer: unknown): string[] {
  const { dryRun, before, artifacts, bytesFreed, more, runIds, kept } = answer as RetentionAnswer;
  const number = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return [
    `${number(runIds.length, "run")} that ended before ${before} ${dryRun ? "would be" : "were"} deleted, with ${number(artifacts, "artifact")} and ${number(bytesFreed, "byte")}`,
    ...kept.map(({ reason, runs }) => `${number(runs, "run")} kept: ${reason}`),
    ...(more ? ["there are more: ask again"] : []),
  ];
}
