import type { FilledInput } from "../../training/explain/ensemble/columns.js";
import { ScoreFailure } from "../answers.js";
import { feedsOf, type inputPlan, type Row } from "../encoder.js";
import type { FromModel, ModelExplanation, Question } from "./messages.js";
import type { ModelProcess } from "./model-process.js";

/** The rows that a version's answers are compared with, as they are kept now: who is erased is no longer among them. */
export interface BackgroundRows {
  /** Of what is kept; null where nothing is. */
  sha256(): Promise<string | null>;
  /** Null where they are gone. */
  read(sha256: string): Promise<Row[] | null>;
}

/** The model's process, asked one thing at a time: what is asked waits for its turn. */
export interface AskedProcess {
  ask<T>(question: (process: ModelProcess) => Promise<T>): Promise<T>;
}

/** An explanation would go further than one may. */
export class TooLong extends Error {}

/**
 * Explanations of one model made elsewhere, one after the other. Each is made in slices, between which its process answers
 * predictions.
 */
export class Explanations {
  #turn: Promise<unknown> = Promise.resolve();
  /** Whose process has which rows. */
  #compared: { process: ModelProcess; sha256: string } | null = null;
  /** Of rows with which the model could not be explained. */
  #unexplained: string | null = null;

  constructor(
    private readonly on: AskedProcess,
    private readonly plan: ReturnType<typeof inputPlan>,
    private readonly features: readonly string[],
    private readonly stored: BackgroundRows,
  ) {}

  /** Null where it cannot be explained. @throws {TooLong} @throws {ProcessEndedError} @throws {ScoreFailure} */
  explain(row: Row): Promise<ModelExplanation | null> {
    const explained = this.#turn.then(() => this.#explain(row));
    this.#turn = explained.catch(() => {});
    return explained;
  }

  async #explain(row: Row): Promise<ModelExplanation | null> {
    const sha256 = await this.stored.sha256();
    if (sha256 === null || sha256 === this.#unexplained) return null;
    const process = await this.on.ask(async (process) => process);
    if (this.#compared?.process !== process || this.#compared.sha256 !== sha256) {
      const rows = await this.stored.read(sha256);
      if (!rows || rows.length === 0) return null;
      const said = await this.#work(process, compareWith(this.plan, this.features, rows));
      if (said.kind !== "compared" || said.problem !== null) {
        this.#unexplained = sha256;
        return null;
      }
      this.#compared = { process, sha256 };
    }
    const said = await this.#work(process, { kind: "attribute", row, feeds: feedsOf(this.plan, [row]) });
    if (said.kind !== "attributed") return null;
    if (said.problem) throw new TooLong();
    return said.explanation;
  }

  async #work(process: ModelProcess, question: Work): Promise<FromModel> {
    const same = (now: ModelProcess): ModelProcess => {
      if (now === process) return now;
      throw new ScoreFailure("unavailable", "its process was ended while it explained an answer", 1);
    };
    let said = await this.on.ask((now) => same(now).work(question));
    while (said.kind === "working") said = await this.on.ask((now) => same(now).work({ kind: "go on" }));
    return said;
  }
}

type Work = Extract<Question, { kind: "compare" | "attribute" | "summarize" | "go on" }>;

export function compareWith(
  plan: ReturnType<typeof inputPlan>,
  features: readonly string[],
  rows: readonly Row[],
): Extract<Work, { kind: "compare" }> {
  const inputs: FilledInput[] = plan.map(({ name, features }) => ({ name, features }));
  return { kind: "compare", rows: rows.length, feeds: feedsOf(plan, rows), inputs, features: [...features] };
}
