import * as ort from "onnxruntime-node";
import type { ModelSignature } from "../registry/model.js";
import { taskOutputs } from "../training/tasks/outputs.js";
import { DEFAULT_TASK } from "../values/task.js";

/** Which numbers of the output are the answers. */
export interface OutputSpec {
  task: string;
  name: string;
  /** Columns the output has, as the registration saw it; null: any that the task reads, of versions that do not say. */
  width: number | null;
  column: number | null;
  /** How many classes the signature lists, 1 where it lists none: the numbers of an answer. */
  classes: number;
}

export function outputOf({ task = DEFAULT_TASK, outputs, classes }: ModelSignature): OutputSpec {
  const { name, shape, column } = outputs[0]!;
  const width = shape.length === 1 ? 1 : (shape[1] ?? null);
  return { task, name, width, column: column ?? null, classes: classes?.length ?? 1 };
}

/**
 * An answer a row, as the task reads it.
 * @throws {Error} another shape, type or count than the task's columns of as many rows as were asked
 */
export function answersIn(tensor: ort.Tensor, spec: OutputSpec, rows: number): ArrayLike<number> {
  const { dims, type } = tensor;
  const output = taskOutputs[spec.task];
  if (!output) throw new Error(`no task is named ${JSON.stringify(spec.task)}`);
  if (type !== "float32" && type !== "float64") {
    throw new Error(`its output ${JSON.stringify(spec.name)} is ${type}; float32 or float64 was expected`);
  }
  const width = dims.length === 1 ? 1 : dims[1]!;
  const taken = output.widths(spec.classes);
  const widths = spec.width === null ? taken : taken.filter((each) => each === spec.width);
  if (dims[0] !== rows || dims.length > 2 || dims.length === 0 || !widths.includes(width)) {
    const wanted = (spec.width === null ? widths : [spec.width])
      .map((each) => `[${rows}, ${each}]`)
      .join(" or ");
    throw new Error(
      `its output ${JSON.stringify(spec.name)} is [${dims.join(", ")}] for ${rows} ${rows === 1 ? "row" : "rows"}; ${wanted} was expected`,
    );
  }
  return output.answersIn(tensor.data as Float32Array | Float64Array, width, spec.column);
}
