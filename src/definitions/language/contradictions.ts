/** Definitions that contradict themselves. The message names every place and what to write there. */
export class DefinitionError extends Error {
  constructor(readonly contradictions: readonly string[]) {
    super(
      contradictions.length === 1
        ? contradictions[0]
        : `the definitions contradict themselves in ${contradictions.length} places:\n${contradictions.map((each) => `- ${each}`).join("\n")}`,
    );
    this.name = "DefinitionError";
  }
}

/** By its name: the definitions may have been written with another copy of asof. */
export const isDefinitionError = (error: unknown): error is DefinitionError =>
  error instanceof Error && error.name === "DefinitionError" && "contradictions" in error;

/** Takes what is wrong; goes on, so that all of it is reported at once. */
export type Refuse = (problem: string) => void;

/**
 * Runs a check to its end.
 * @throws {DefinitionError} with all that it refused, once each
 */
export function collectContradictions(check: (refuse: Refuse) => void): void {
  const found = new Set<string>();
  check((problem) => found.add(problem));
  if (found.size > 0) throw new DefinitionError([...found]);
}

/** The same, with what it is about before it. */
export const about =
  (of: string, refuse: Refuse): Refuse =>
  (problem) =>
    refuse(`${of}: ${problem}`);
