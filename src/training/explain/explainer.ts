import { type ReadGraph, readModel } from "../../onnx/reader.js";
import type { FeatureSpec } from "../types.js";
import type { Background } from "./background.js";
import { type LinearTerms, readLinear } from "./read-linear.js";
import { type ReadTrees, readTrees } from "./read-trees.js";
import { depthOf, expectedValue, TreeShap } from "./tree-shap.js";

export type RawValue = number | boolean | string | null | undefined;

export interface Contribution {
  feature: string;
  /** As it was asked about. */
  value: RawValue;
  /** What it adds to the margin. */
  contribution: number;
}

export interface Explanation {
  /** The margin when no feature is known. */
  baseValue: number;
  /** One per feature, the greatest in size first, ties by name; baseValue plus all of them is the margin. */
  contributions: Contribution[];
}

/**
 * Takes a model's answers apart, by feature, from its ONNX file alone: trees by exact TreeSHAP, linear terms by their
 * distance from their mean. Both add up to the same margin, so a model of both is the sum of two explanations.
 */
export class Explainer {
  /** What contributions add up to: the logarithm of the odds, or, of a forest, the probability itself. */
  readonly margin: "log_odds" | "probability";
  readonly baseValue: number;
  private readonly shap: TreeShap;
  private readonly codes: Map<string, number>[];
  private readonly scratch: Float32Array;
  private readonly out: Float64Array;

  private constructor(
    { nodes }: ReadGraph,
    private readonly columns: Column[],
    private readonly trees: ReadTrees | null,
    private readonly linear: LinearTerms | null,
  ) {
    this.margin = nodes.some(({ op }) => op === "Sigmoid") ? "log_odds" : "probability";
    const treeMeans = trees?.trees.reduce((sum, tree) => sum + expectedValue(tree), 0) ?? 0;
    this.baseValue = (trees ? trees.base + treeMeans * trees.scale : 0) + (linear?.base ?? 0);
    const depth = Math.max(0, ...(trees?.trees.map((tree) => depthOf(tree)) ?? []));
    this.shap = new TreeShap(columns.length, depth);
    this.codes = columns.map(
      ({ categories }) => new Map(categories?.map((category, code) => [category, code])),
    );
    this.scratch = new Float32Array(columns.length);
    this.out = new Float64Array(columns.length);
  }

  /**
   * Of a file that asof's trainer wrote; null for others, which do not say how common each branch and category was.
   * @throws {Error} the bytes are no ONNX file
   */
  static read(onnx: Uint8Array): Explainer | null {
    const model = readModel(onnx);
    const [features, background] = ["asof.features", "asof.background"].map((key) => model.metadata.get(key));
    if (!features || !background) return null;
    const columns = matrixColumns(JSON.parse(features) as Column[]);
    const trees = readTrees(model.graph);
    const linear = readLinear(model.graph, columns, JSON.parse(background) as Background);
    return trees || linear ? new Explainer(model.graph, columns, trees, linear) : null;
  }

  /** Of one row of raw features by name, empty ones null; the same reading of values as serving's. Synchronous. */
  explain(row: Readonly<Record<string, RawValue>>): Explanation {
    for (const [k, { name, kind }] of this.columns.entries()) {
      const value = row[name];
      this.scratch[k] =
        kind === "numeric" ? numericInput(value) : (this.codes[k]!.get(String(value ?? "")) ?? Number.NaN);
    }
    this.contributionsOf(this.scratch, 0, this.out);
    const contributions = this.columns.map(({ name }, k) => ({
      feature: name,
      value: row[name] ?? null,
      contribution: this.out[k]!,
    }));
    contributions.sort(
      (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || (a.feature < b.feature ? -1 : 1),
    );
    return { baseValue: this.baseValue, contributions };
  }

  /** Of the matrix row starting at `values[offset]`, by column, written to `out`. */
  contributionsOf(values: Float32Array, offset: number, out: Float64Array): void {
    out.fill(0);
    const { trees, linear } = this;
    if (trees) {
      for (const tree of trees.trees) this.shap.addTo(out, tree, values, offset);
      for (let column = 0; column < out.length; column++) out[column]! *= trees.scale;
    }
    if (!linear) return;
    for (let column = 0; column < out.length; column++) {
      out[column]! += linear.terms[column]!(values[offset + column]!);
    }
  }
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
}

/** In the matrix's order: numeric ones first. */
function matrixColumns(features: Column[]): Column[] {
  return [
    ...features.filter(({ kind }) => kind === "numeric"),
    ...features.filter(({ kind }) => kind === "categorical"),
  ];
}
