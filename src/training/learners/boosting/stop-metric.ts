import { BINARY, type ComparedMetric, MULTICLASS, REGRESSION, type TaskName } from "../../../values/task.js";
import type { StopMetric } from "../../cross-validation.js";
import { areaUnderRoc, averagePrecision, brier, logLoss, rankedSteps } from "../../tasks/binary/metrics.js";
import type { Labels, LabelsOf } from "../../tasks/labels.js";
import { evaluateClasses, macroAuc, manyLogLoss } from "../../tasks/multiclass/metrics.js";
import { evaluateValues, meanAbsolute, rootMeanSquare } from "../../tasks/regression/metrics.js";

type Measure<L extends Labels> = StopMetric<L>["of"];
type Measures = {
  readonly [Name in TaskName]: Readonly<
    Record<
      Extract<(typeof DECLARED)[Name]["compared"][number], ComparedMetric>["name"],
      Measure<LabelsOf<Name>>
    >
  >;
};

const DECLARED = { BINARY, REGRESSION, MULTICLASS } as const;

/** What trees may stop by in place of their loss: the metrics that models of a task are compared by. */
const MEASURES: Measures = {
  BINARY: {
    auc: areaUnderRoc,
    average_precision: (...of) => averagePrecision(rankedSteps(...of)),
    log_loss: logLoss,
    brier,
  },
  REGRESSION: {
    rmse: rootMeanSquare,
    mae: meanAbsolute,
    mape: (...of) => evaluateValues(...of).mape,
    r2: (...of) => evaluateValues(...of).r2,
  },
  MULTICLASS: {
    log_loss: manyLogLoss,
    accuracy: (...of) => evaluateClasses(...of).accuracy,
    macro_f1: (...of) => evaluateClasses(...of).macro_f1,
    weighted_f1: (...of) => evaluateClasses(...of).weighted_f1,
    macro_auc: macroAuc,
  },
};

const OWN_LOSS = "loss";

/** The names that the parameter `stop_metric` has, by task. */
export const STOP_NAMES = Object.fromEntries(
  Object.entries(MEASURES).map(([task, measures]) => [task, [OWN_LOSS, ...Object.keys(measures)]]),
) as Record<TaskName, string[]>;

/** Null: the loss that trees lower. */
export function stopMetric<Name extends TaskName>(
  task: Name,
  name: string,
): StopMetric<LabelsOf<Name>> | null {
  if (name === OWN_LOSS) return null;
  const compared: readonly ComparedMetric[] = DECLARED[task].compared;
  const { better } = compared.find((metric) => metric.name === name)!;
  const of = (MEASURES[task] as Readonly<Record<string, Measure<LabelsOf<Name>>>>)[name]!;
  return { name, better, of };
}
