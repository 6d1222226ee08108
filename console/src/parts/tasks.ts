import type { Task } from "../graphql/graphql.js";

/** What pages show of a model where that differs by its task. */
interface TaskLook {
  /** What two versions may be compared by, the first unless another is chosen. */
  readonly compared: readonly string[];
  /** What the stop rule of a canary may look at, once there are labels. */
  readonly canary: readonly string[];
  /** What is drawn of answers whose labels are known: fields of LiveMetrics. */
  readonly live: readonly LiveLook[];
}

interface LiveLook {
  readonly field: "auc" | "logLoss" | "accuracy" | "rmse" | "mae";
  readonly title: string;
  readonly better: "higher" | "lower";
}

const LOG_LOSS: LiveLook = { field: "logLoss", title: "log loss", better: "lower" };

export const LOOKS: Readonly<Record<Task, TaskLook>> = {
  BINARY: {
    compared: ["auc", "average_precision", "log_loss", "brier"],
    canary: ["auc", "log_loss", "brier"],
    live: [{ field: "auc", title: "auc", better: "higher" }, LOG_LOSS],
  },
  MULTICLASS: {
    compared: ["log_loss", "accuracy", "macro_f1", "weighted_f1", "macro_auc"],
    canary: ["log_loss", "accuracy", "macro_f1", "weighted_f1", "macro_auc"],
    live: [LOG_LOSS, { field: "accuracy", title: "accuracy", better: "higher" }],
  },
  REGRESSION: {
    compared: ["rmse", "mae", "mape", "r2"],
    canary: ["rmse", "mae", "mape", "r2"],
    live: [
      { field: "rmse", title: "rmse", better: "lower" },
      { field: "mae", title: "mae", better: "lower" },
    ],
  },
  NONE: { compared: [], canary: [], live: [] },
};

export const LESS_IS_BETTER: ReadonlySet<string> = new Set(["log_loss", "brier", "rmse", "mae", "mape"]);

/** Of the service that the model is of; of one that is no longer declared, yes and no. */
export const taskOfModel = (services: readonly { name: string; task: Task }[], model: string): Task =>
  services.find(({ name }) => name === model)?.task ?? "BINARY";
