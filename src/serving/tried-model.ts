import type { EntityNames } from "../definitions/language/entity-names.js";
import type { ModelSignature } from "../registry/model.js";
import type { Scores } from "./answers.js";
import type { Row } from "./encoder.js";
import type { ModelLimits } from "./isolated/limits.js";
import { type MadeUpAnswers, requireSameAnswers } from "./made-up-answers.js";
import { type Explained, ModelTrial, type TrialRow } from "./model-trial.js";
import { type Probed, probe, requireIndependent, requireSomeAlone } from "./trial-probes.js";

/** Loaded when there are rows; the first of them are those it is tried on. */
export class TriedModel {
  #trial: ModelTrial | null = null;
  #probed: Probed | null = null;

  constructor(
    private readonly bytes: Buffer,
    private readonly declared: ModelSignature,
    private readonly names: EntityNames,
    private readonly limits?: ModelLimits,
  ) {}

  /** @throws {UnusableModelError} */
  async score(rows: readonly TrialRow[]): Promise<Scores> {
    if (this.#trial) {
      const scores = await this.#trial.score(rows);
      await requireSomeAlone(this.#trial, rows, scores);
      return scores;
    }
    this.#trial = await ModelTrial.open(this.bytes, this.declared, this.limits);
    const scores = await this.#trial.score(rows);
    await requireIndependent(this.#trial, rows, scores);
    this.#probed = await probe(this.#trial, rows, this.names);
    return scores;
  }

  get warnings(): string[] {
    return this.#probed?.warnings ?? [];
  }

  /** With what was found out: which features it cannot do without, and how many columns its output has. */
  get signature(): ModelSignature {
    const features = this.declared.features.map((feature) =>
      this.#probed?.required.has(feature.name) ? { ...feature, required: true } : feature,
    );
    const outputs = this.declared.outputs.map((output) => ({
      ...output,
      shape: this.#trial?.outputShape ?? output.shape,
    }));
    return { ...this.declared, features, outputs };
  }

  /**
   * What its features add to its answers, over rows beside stored ones.
   * @throws {UnusableModelError} its process ended
   */
  async summarize(stored: readonly Row[], rows: readonly Row[]): Promise<Explained> {
    if (!this.#trial || rows.length === 0) return { summary: null, problem: "it was judged on no rows" };
    return this.#trial.summarize(stored, rows);
  }

  /** That it answers as it did where it came from. @throws {UnusableModelError} */
  async requireSame(answers: MadeUpAnswers): Promise<void> {
    if (this.#trial) await requireSameAnswers(this.#trial, answers);
  }

  close(): void {
    this.#trial?.close();
  }
}
