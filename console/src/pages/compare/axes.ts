/** One parameter or metric over the compared runs, as something that can be drawn. */
export interface CompareAxis {
  /** In the address: `param:seed`, `metric:auc`. */
  key: string;
  name: string;
  kind: "param" | "metric";
  differs: boolean;
  /** One per run; null where a run has none. */
  values: readonly unknown[];
}

interface ComparedValues {
  name: string;
  values: readonly unknown[];
  differs: boolean;
}

export function axesOf(params: readonly ComparedValues[], metrics: readonly ComparedValues[]): CompareAxis[] {
  const as = (kind: CompareAxis["kind"]) => (of: ComparedValues) => ({
    ...of,
    kind,
    key: `${kind}:${of.name}`,
  });
  return [...params.map(as("param")), ...metrics.map(as("metric"))];
}

/** Metrics that models are told apart by come before others. */
const HEADLINE = ["auc", "average_precision", "log_loss", "rmse", "mae", "r2", "accuracy", "macro_f1", "f1"];

/** Of the names, those that most is known by first: what the page shows until something else is chosen. */
function byWeight(a: CompareAxis, b: CompareAxis): number {
  const weight = ({ name }: CompareAxis) =>
    HEADLINE.includes(name) ? HEADLINE.indexOf(name) : HEADLINE.length;
  return weight(a) - weight(b) || a.name.localeCompare(b.name);
}

/** Hashes and ids differ from run to run, and say nothing of why one is better. */
const isTelling = ({ name, values }: CompareAxis): boolean =>
  !/sha256|(^|\.)(id|runId)$/i.test(name) && new Set(values.map((value) => JSON.stringify(value))).size <= 50;

/** The axes that are drawn until others are chosen: what differs, parameters before metrics. */
export function defaultAxes(axes: readonly CompareAxis[]): {
  x: string | null;
  y: string | null;
  parallel: string[];
} {
  const differing = axes.filter(({ differs }) => differs);
  // What every run has says more than what only some have; of those, numbers more than names.
  const params = differing
    .filter((axis) => axis.kind === "param" && isTelling(axis))
    .map((axis) => ({
      axis,
      runs: runsOf(axis),
      numeric: axis.values.some((value) => typeof value === "number"),
    }))
    .sort((a, b) => b.runs - a.runs || Number(b.numeric) - Number(a.numeric))
    .map(({ axis }) => axis);
  const metrics = differing.filter(({ kind }) => kind === "metric").sort(byWeight);
  const [y, second] = metrics;
  const x = params[0] ?? second;
  return {
    x: x?.key ?? null,
    y: y?.key ?? null,
    parallel: [...params.slice(0, 4), ...metrics.slice(0, 2)].map(({ key }) => key),
  };
}

const runsOf = ({ values }: CompareAxis): number =>
  values.filter((value) => value !== null && value !== undefined).length;

export interface AxisScale {
  /** Where each run lies, from 0 to 1; null where it has no value. */
  places: (number | null)[];
  /** Labels, from 0 to 1. */
  ticks: { place: number; label: string }[];
}

/** Numbers lie by their size, everything else by its name, each value apart. */
export function scaleOf(
  { values }: Pick<CompareAxis, "values">,
  label: (value: unknown) => string,
): AxisScale {
  const given = values.filter((value) => value !== null && value !== undefined);
  if (given.length > 0 && given.every((value) => typeof value === "number")) {
    const [least, most] = [Math.min(...given), Math.max(...given)];
    const place = (value: number) => (most === least ? 0.5 : (value - least) / (most - least));
    return {
      places: values.map((value) => (typeof value === "number" ? place(value) : null)),
      ticks:
        most === least
          ? [{ place: 0.5, label: label(least) }]
          : [
              { place: 0, label: label(least) },
              { place: 1, label: label(most) },
            ],
    };
  }
  const names = [...new Set(given.map(label))].sort();
  const place = (name: string) => (names.length === 1 ? 0.5 : names.indexOf(name) / (names.length - 1));
  return {
    places: values.map((value) => (value === null || value === undefined ? null : place(label(value)))),
    ticks: names.map((name) => ({ place: place(name), label: name })),
  };
}
