import { readModel } from "../../../onnx/reader.js";
import { likeliest } from "../../tasks/classes.js";
import { byContribution, type Explanation, type RawValue } from "../explainer.js";
import { type FilledInput, featuresOfColumns } from "./columns.js";
import { type ComparedRows, InterventionalShap } from "./interventional.js";
import { type AnswerLink, linkOf } from "./margin.js";
import { NotExplainable, readEnsemble } from "./read-ensemble.js";
import { addedTo, type SplitTree, treeDepth } from "./split-tree.js";

/** How far one explanation may go: about 3 s of a processor. The same on any machine. */
export const MOST_STEPS = 1_000_000_000;
/** Rows between two slices where trees are only walked. */
const SLICE_ROWS = 64;

/** It would take longer than an explanation may. */
export class ExplanationTooLong extends Error {}

/** What the trees of a file read, and of which features; nothing of it was run. */
export interface EnsembleShape {
  /** The tensor that they read. */
  input: string;
  /** The feature of each of its columns. */
  columns: string[];
  targets: { base: number; trees: SplitTree[] }[];
}

/** @throws {NotExplainable} */
export function ensembleShape(onnx: Uint8Array, inputs: readonly FilledInput[]): EnsembleShape {
  const { graph } = readModel(onnx);
  const { input, targets } = readEnsemble(graph);
  const columns = featuresOfColumns(graph, input, inputs);
  for (const { trees } of targets)
    for (const { mode, column } of trees)
      for (let node = 0; node < mode.length; node++)
        if (mode[node] !== 0 && column[node]! >= columns.length)
          throw new NotExplainable(`a tree reads column ${column[node]}; there are ${columns.length}`);
  return { input, columns, targets };
}

/** Some rows: what the trees read of them, row after row, and what the model answered. */
export interface ReadRows {
  rows: number;
  columns: ArrayLike<number>;
  answers: ArrayLike<number>;
  classes: number;
}

/** Explains the answers of a tree ensemble that was made elsewhere, by what they are of stored rows. */
export class EnsembleExplainer {
  private constructor(
    readonly features: readonly string[],
    private readonly shape: EnsembleShape,
    private readonly link: AnswerLink,
    /** By target, mean over the stored rows. */
    private readonly means: readonly number[],
    private readonly shap: InterventionalShap,
  ) {}

  /**
   * To be gone on with now and then.
   * @param features in the signature's order
   * @throws {NotExplainable}
   */
  static *over(
    shape: EnsembleShape,
    features: readonly string[],
    stored: ReadRows,
    task: string,
  ): Generator<void, EnsembleExplainer, void> {
    const { columns, targets } = shape;
    const width = columns.length;
    if (stored.columns.length !== stored.rows * width)
      throw new NotExplainable(
        `its trees read ${stored.columns.length / stored.rows} columns; ${width} are known`,
      );
    const sums = new Float64Array(stored.rows * targets.length);
    for (let row = 0; row < stored.rows; row++) {
      if (row % SLICE_ROWS === SLICE_ROWS - 1) yield;
      sums.set(sumsOf(shape, stored.columns, row * width), row * targets.length);
    }
    const link = linkOf({ ...stored, sums, targets: targets.length }, task);
    const means = targets.map((_, target) => {
      let sum = 0;
      for (let row = 0; row < stored.rows; row++) sum += sums[row * targets.length + target]!;
      return sum / stored.rows;
    });
    const deepest = Math.max(0, ...targets.flatMap(({ trees }) => trees.map(treeDepth)));
    const shap = new InterventionalShap(compared(stored, columns, features), deepest);
    return new EnsembleExplainer(features, shape, link, means, shap);
  }

  get margin(): AnswerLink["margin"] {
    return this.link.margin;
  }

  /** How many numbers an answer has. */
  get classes(): number {
    return this.link.targets.length;
  }

  /** Of all explanations so far. */
  get steps(): number {
    return this.shap.steps;
  }

  /** @param columns what the trees read of the row @param answer what the model answered */
  *explain(
    row: Readonly<Record<string, RawValue>>,
    columns: ArrayLike<number>,
    answer: ArrayLike<number>,
  ): Generator<void, Explanation, void> {
    const { link, means, features } = this;
    const explained = likeliest(answer, 0, answer.length);
    const target = link.targets[explained]!;
    const out = yield* this.contributions(columns, explained);
    const baseValue = link.slope * means[target]! + link.intercept;
    const contributions = features.map((feature, k) => ({
      feature,
      value: row[feature] ?? null,
      contribution: out[k]!,
    }));
    const margins = this.classes > 1 && sumsOf(this.shape, columns, 0);
    return {
      baseValue,
      contributions: contributions.sort(byContribution),
      ...(margins && { classMargins: margins }),
    };
  }

  /** By feature, of one of the answer's numbers. @throws {ExplanationTooLong} */
  *contributions(columns: ArrayLike<number>, ofAnswer: number): Generator<void, Float64Array, void> {
    const { link, shape, shap } = this;
    const out = new Float64Array(this.features.length);
    const limit = shap.steps + MOST_STEPS;
    for (const tree of shape.targets[link.targets[ofAnswer]!]!.trees) {
      for (const each of shap.addTo(out, tree, columns)) {
        if (shap.steps > limit) throw new ExplanationTooLong();
        yield each;
      }
      yield;
    }
    return out.map((each) => each * link.slope);
  }
}

function sumsOf({ targets }: EnsembleShape, columns: ArrayLike<number>, offset: number): number[] {
  return targets.map(({ base, trees }) =>
    trees.reduce((sum, tree) => sum + addedTo(tree, columns, offset), base),
  );
}

/** By column, as the walk reads them. */
function compared(
  { rows, columns }: ReadRows,
  names: readonly string[],
  features: readonly string[],
): ComparedRows {
  const width = names.length;
  const values = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++)
      values[column * rows + row] = columns[row * width + column]!;
  const featureOf = Int32Array.from(names, (name) => features.indexOf(name));
  return { rows, values, featureOf, features: features.length };
}
