import { type ReadGraph, type ReadModel, readModel } from "../../onnx/reader.js";
import { leafOf } from "../learners/boosting/tree.js";
import { CALIBRATION_NODES } from "../tasks/binary/calibrations/calibration.js";
import type { PlattSettings } from "../tasks/binary/calibrations/platt.js";
import type { FittedCalibration } from "../tasks/binary/calibrations/registry.js";
import { likeliest } from "../tasks/classes.js";
import type { FeatureSpec } from "../types.js";
import type { Background } from "./background.js";
import { type EncodedValue, readEncoding } from "./read-encoding.js";
import { type LinearTerms, readLinear } from "./read-linear.js";
import { type ReadTrees, readTrees } from "./read-trees.js";
import { depthOf, expectedValue, TreeShap } from "./tree-shap.js";

export type RawValue = number | boolean | string | readonly unknown[] | null | undefined;

export interface Contribution {
  feature: string;
  /** As it was asked about. */
  value: RawValue;
  /** The value is left out: the feature is personal. */
  masked?: true;
  /** What it adds to the margin. */
  contribution: number;
}

export interface Explanation {
  /** The margin when no feature is known. */
  baseValue: number;
  /** One per feature, the greatest in size first, ties by name; baseValue plus all of them is the margin. */
  contributions: Contribution[];
  /** Of several classes: the margin of each, in their order; the greatest is the one that is taken apart. */
  classMargins?: number[];
}

/**
 * What contributions add up to: of classes the logarithm of the odds, or, of a forest, the probability itself; of values the
 * value, or its logarithm where the model's loss has a logarithmic link. Of several classes, the score whose softmax the
 * probabilities are, or, of a forest, the probability, each of the class that is answered.
 */
export type Margin = "log_odds" | "probability" | "value" | "log_value" | "score" | UncalibratedMargin;
/** Of a model whose calibration is no sum: what is explained is what the learner gives, before it is put right. */
type UncalibratedMargin = "uncalibrated_log_odds" | "uncalibrated_probability";

/** What a margin is the sum of: trees and linear terms, or one of the two; Platt's line of it where there is one. */
class Sum {
  readonly baseValue: number;
  readonly depth: number;

  constructor(
    private readonly trees: ReadTrees | null,
    private readonly linear: LinearTerms | null,
    private readonly calibration: PlattSettings | null,
  ) {
    const treeMeans = trees?.trees.reduce((sum, tree) => sum + expectedValue(tree), 0) ?? 0;
    const base = (trees ? trees.base + treeMeans * trees.scale : 0) + (linear?.base ?? 0);
    this.baseValue = calibration ? calibration.slope * base + calibration.intercept : base;
    this.depth = Math.max(0, ...(trees?.trees.map((tree) => depthOf(tree)) ?? []));
  }

  /** Leaves x depth², which is what a walk of a tree takes. */
  get steps(): number {
    return (this.trees?.trees ?? []).reduce(
      (sum, tree) => sum + (tree.mode.length / 2) * (depthOf(tree) + 1) ** 2,
      1,
    );
  }

  /** Of a matrix row, before calibration. */
  marginOf(values: Float32Array): number {
    const { trees, linear } = this;
    let margin = (trees?.base ?? 0) + (linear?.base ?? 0);
    for (const tree of trees?.trees ?? []) margin += tree.value[leafOf(tree, values, 0)]! * trees!.scale;
    for (const [column, term] of (linear?.terms ?? []).entries()) margin += term(values[column]!);
    return margin;
  }

  /** By column of a matrix row; to be gone on with after each tree. */
  *contributions(shap: TreeShap, values: Float32Array): Generator<void, Float64Array, void> {
    const { trees, linear, calibration } = this;
    const out = new Float64Array(values.length);
    for (const tree of trees?.trees ?? []) {
      shap.addTo(out, tree, values, 0);
      yield;
    }
    for (let column = 0; column < out.length; column++) {
      if (trees) out[column]! *= trees.scale;
      if (linear) out[column]! += linear.terms[column]!(values[column]!);
      if (calibration) out[column]! *= calibration.slope;
    }
    return out;
  }
}

/**
 * Takes a model's answers apart, by feature, from its ONNX file alone: trees by exact TreeSHAP, linear terms by their
 * distance from their mean. Both add up to the same margin, so a model of both is the sum of two explanations. Of several
 * classes the likeliest is taken apart.
 */
export class Explainer {
  readonly margin: Margin;
  private readonly shap: TreeShap;
  private readonly codes: Map<string, number>[];

  /** @param sums one, or one for each class */
  private constructor(
    margin: Margin,
    private readonly columns: Column[],
    private readonly sums: readonly Sum[],
  ) {
    this.margin = margin;
    this.shap = new TreeShap(columns.length, Math.max(...sums.map(({ depth }) => depth)));
    this.codes = columns.map(
      ({ categories }) => new Map(categories?.map((category, code) => [category, code])),
    );
  }

  /**
   * Of a file that asof's trainer wrote; null for others, which do not say how common each branch and category was.
   * @throws {Error} the bytes are no ONNX file
   */
  static read(onnx: Uint8Array): Explainer | null {
    const model = readModel(onnx);
    const [features, background] = ["asof.features", "asof.background"].map((key) => model.metadata.get(key));
    if (!features || !background) return null;
    const columns = matrixColumns(JSON.parse(features) as Column[], model.graph);
    const trees = readTrees(model.graph);
    const linear = readLinear(model.graph, columns, JSON.parse(background) as Background);
    const { margin, calibration } = scaleOf(model);
    const sums = Array.from(
      { length: Math.max(trees?.length ?? 0, linear?.length ?? 0) },
      (_, k) => new Sum(trees?.[k] ?? null, linear?.[k] ?? null, calibration),
    );
    return sums.length > 0 ? new Explainer(margin, columns, sums) : null;
  }

  /** The margin when no feature is known; of several classes that of the first. */
  get baseValue(): number {
    return this.sums[0]!.baseValue;
  }

  /** It explains rows of a matrix, too. */
  get ofRows(): this {
    return this;
  }

  get features(): string[] {
    return [...new Set(this.columns.map(({ name }) => name))];
  }

  /** How many sums there are: one, or one for each class. */
  get classes(): number {
    return this.sums.length;
  }

  /** What one row costs, of all classes: the steps of its walks, near enough. */
  get steps(): number {
    return this.sums.reduce((sum, { steps }) => sum + steps, 0);
  }

  /** Of a matrix row, of each class by feature: one that is encoded as several numbers has the sum of theirs. */
  contributions(values: Float32Array): Float64Array[] {
    const { features, columns } = this;
    const places = columns.map(({ name }) => features.indexOf(name));
    return this.sums.map((sum) => {
      const slices = sum.contributions(this.shap, values);
      for (;;) {
        const { done, value } = slices.next();
        if (!done) continue;
        if (features.length === columns.length) return value;
        const byFeature = new Float64Array(features.length);
        for (const [column, place] of places.entries()) byFeature[place]! += value[column]!;
        return byFeature;
      }
    });
  }

  /** Of one row of raw features by name, empty ones null; the same reading of values as serving's. Synchronous. */
  explain(row: Readonly<Record<string, RawValue>>): Explanation {
    const slices = this.slices(row);
    for (;;) {
      const { done, value } = slices.next();
      if (done) return value;
    }
  }

  /**
   * The same, to be gone on with after each class's margin and each tree: a forest's explanation need not keep a thread from
   * other work. Several may be under way at once.
   */
  *slices(row: Readonly<Record<string, RawValue>>): Generator<void, Explanation, void> {
    const values = Float32Array.from(this.columns, ({ name, kind, encoded }, k) => {
      if (kind === "numeric") return numericInput(row[name]);
      const category = String(row[name] ?? "");
      return encoded ? encoded(category) : (this.codes[k]!.get(category) ?? Number.NaN);
    });
    const margins: number[] = [];
    for (const sum of this.sums.length > 1 ? this.sums : []) {
      margins.push(sum.marginOf(values));
      yield;
    }
    const explained = this.sums[likeliest(margins, 0, margins.length)]!;
    const out = yield* explained.contributions(this.shap, values);
    // A feature that is encoded as several numbers has the sum of theirs.
    const sums = new Map<string, number>();
    for (const [k, { name }] of this.columns.entries()) sums.set(name, (sums.get(name) ?? 0) + out[k]!);
    const contributions = Array.from(sums, ([feature, contribution]) => ({
      feature,
      value: row[feature] ?? null,
      contribution,
    }));
    contributions.sort(byContribution);
    const { baseValue } = explained;
    return { baseValue, contributions, ...(margins.length > 1 && { classMargins: margins }) };
  }
}

/** The greatest in size first, ties by name. */
export const byContribution = (a: Contribution, b: Contribution): number =>
  Math.abs(b.contribution) - Math.abs(a.contribution) || (a.feature < b.feature ? -1 : 1);

/** By the node that makes the answer of the margin, if any; a calibrated log odds is a sum still, where Platt's curve made it. */
function scaleOf({ graph, metadata }: ReadModel): { margin: Margin; calibration: PlattSettings | null } {
  const has = (name: string) =>
    graph.nodes.some(({ op, inputs }) => op === name && !inputs[0]!.startsWith(CALIBRATION_NODES));
  if (metadata.has("asof.classes"))
    return { margin: has("Softmax") ? "score" : "probability", calibration: null };
  if (metadata.has("asof.task")) return { margin: has("Exp") ? "log_value" : "value", calibration: null };
  const margin = has("Sigmoid") ? "log_odds" : "probability";
  const stored = metadata.get("asof.calibration");
  if (stored === undefined) return { margin, calibration: null };
  const fitted = JSON.parse(stored) as FittedCalibration;
  if (margin === "log_odds" && fitted.method === "platt") return { margin, calibration: fitted.settings };
  return { margin: `uncalibrated_${margin}`, calibration: null };
}

/** Weighted sums of such values stay finite in 32 bits; of infinite ones they may be no number at all. */
const LIMIT = 1e30;

/** A raw numeric value as a model's input: a boolean is 0 or 1, an empty value NaN. */
export function numericInput(value: unknown): number {
  if (value === null || value === undefined) return Number.NaN;
  return Math.min(LIMIT, Math.max(-LIMIT, Number(value)));
}

interface Column extends FeatureSpec {
  categories?: string[];
  /** Of an encoded feature: how many numbers a category stands for, and each of them. */
  numbers?: number;
  encoded?: EncodedValue;
}

/** In the matrix's order: numeric ones first, then the numbers of encoded ones. */
function matrixColumns(features: Column[], graph: ReadGraph): Column[] {
  const encodedOnes = (feature: Column): Column[] =>
    feature.numbers
      ? readEncoding(graph, feature.name, feature.numbers).map((encoded) => ({ ...feature, encoded }))
      : [];
  return [
    ...features.filter(({ kind }) => kind === "numeric"),
    ...features.flatMap(encodedOnes),
    ...features.filter(({ kind, numbers }) => kind === "categorical" && !numbers),
  ];
}
