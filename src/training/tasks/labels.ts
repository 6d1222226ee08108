import type { DeclaredTask, TaskName } from "../../values/task.js";

/** One number a row: a class, by its place in the list of classes, or what is to be predicted. */
export type Labels = Uint8Array | Float64Array;

export interface LabelArray<L> {
  new (buffer: SharedArrayBuffer): L;
  from(labels: ArrayLike<number>): L;
  readonly BYTES_PER_ELEMENT: number;
}

/** What a task holds its labels in. */
export type LabelsOf<Name extends TaskName> = Extract<
  DeclaredTask,
  { name: Name }
>["labelTypes"][number] extends "bool" | "string"
  ? Uint8Array
  : Float64Array;
