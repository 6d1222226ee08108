import { writeFileSync } from "node:fs";

/** Where memory runs out, this is the process to end rather than the service that started it. */
export function offerItself(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Not Linux, or not allowed to.
  }
}
