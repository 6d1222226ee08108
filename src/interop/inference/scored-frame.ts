import { isKeyProblem, keyOfParts } from "../../definitions/language/key-form.js";
import { BadUserInputError } from "../../errors/errors.js";
import { maxBatchRows } from "../../inputs/arguments.js";
import type { RequestScope } from "../../observability/request-scope.js";
import type { ModelVersion } from "../../registry/model.js";
import type { Services } from "../../services/services.js";
import type { Prediction } from "../../serving/types.js";
import { taskOf } from "../../training/tasks/registry.js";
import type { AnswerColumn, AnswerValue } from "../../training/tasks/task.js";
import { suggestion } from "../../values/suggestion.js";
import { type AskedModel, findAsked } from "./asked-version.js";
import { inputsOf, type ModelInput, type ModelInputs } from "./model-inputs.js";

/** Rows by column, as a client sent them: each column has a value for each row. */
export interface Frame {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

/** The answers of one version, a column each. */
export interface Scored {
  readonly version: ModelVersion;
  readonly columns: readonly { readonly column: AnswerColumn; readonly values: AnswerValue[] }[];
}

/** The answers by row, of columns that a task's record names. */
export const answerColumnsOf = ({ signature }: Pick<ModelVersion, "signature">): readonly AnswerColumn[] =>
  taskOf(signature).columns(signature.classes ?? null);

/** A whole frame is answered, or none of it. */
export interface ScoreOptions {
  /** Where it ends with the request: statements about now are shared with other requests. */
  readonly scope: RequestScope;
  /** What becomes of columns that the version does not take, where features are given. */
  readonly others: "refused" | "ignored";
}

/**
 * What a version says about each row. Rows of a key are looked up and logged as predictions; rows of features are scored as
 * they are.
 * @param read the rows, by what the version takes and what it answers with; what it refuses is neither scored nor logged
 * @throws {BadUserInputError} a column or a value that cannot be used
 * @throws {RowUnansweredError} some row has no answer
 */
export async function scoreFrame(
  services: Pick<Services, "definitions" | "models" | "catalogue" | "predictor">,
  asked: AskedModel,
  read: (inputs: ModelInputs, outputs: readonly AnswerColumn[]) => Frame,
  { scope, others }: ScoreOptions,
): Promise<Scored> {
  const { predictor, definitions } = services;
  const alone = asked.version !== undefined;
  const found = alone ? await scope.run(() => findAsked(services, asked)) : await findAsked(services, asked);
  const inputs = inputsOf(definitions, found);
  const frame = read(inputs, answerColumnsOf(found));
  if (frame.rows > maxBatchRows)
    throw new BadUserInputError(
      `at most ${maxBatchRows} rows were expected; got ${frame.rows}; split the request`,
    );
  const request = { model: found.model, version: alone ? found.version : null, whole: true };
  const keys = keysOf(inputs, frame, others);
  const predict = async () =>
    keys
      ? predictor.predictMany(keys, { ...request, requests: rowsOf(inputs.request, frame) })
      : predictor.predictColdMany({ ...request, rows: coldRowsOf(inputs, frame, others) });
  const outcomes = await (alone ? scope.run(predict) : predict());
  const predictions = outcomes.map(({ prediction }) => prediction as Prediction);
  const version = predictions[0]?.modelVersion ?? found;
  return {
    version,
    columns: answerColumnsOf(version).map((column) => ({
      column,
      values: predictions.map((prediction) => column.of(prediction)),
    })),
  };
}

/** The key of each row; null where features are given instead. */
function keysOf(
  inputs: ModelInputs,
  { rows, columns }: Frame,
  others: ScoreOptions["others"],
): string[] | null {
  const has = ({ name }: ModelInput) => columns.has(name);
  if (!inputs.key.some(has)) return null;
  const features = inputs.stored.filter(has);
  if (features.length > 0) {
    // Frames often have the key beside the features.
    if (others === "ignored") return null;
    throw new BadUserInputError(
      `${features[0]!.name}: either the key (${namesOf(inputs.key)}) or the features were expected; got both`,
    );
  }
  requireColumns(inputs.key, columns);
  refuseOthers(columns, [...inputs.key, ...inputs.request]);
  const parts = inputs.key.map(({ name }) => columns.get(name)!);
  return Array.from({ length: rows }, (_, row) => {
    const key = keyOfParts(
      inputs.entity,
      parts.map((values) => values[row]),
    );
    if (!isKeyProblem(key)) return key;
    const { column } = key.column;
    throw new BadUserInputError(`row ${row}: ${column} cannot be used: ${key.problem}`, { argument: column });
  });
}

function coldRowsOf(inputs: ModelInputs, frame: Frame, others: ScoreOptions["others"]) {
  requireColumns(inputs.stored, frame.columns);
  if (others === "refused") refuseOthers(frame.columns, [...inputs.stored, ...inputs.request]);
  const requests = rowsOf(inputs.request, frame);
  return rowsOf(inputs.stored, frame).map((features, row) => ({ features, request: requests[row] }));
}

/** Each row by name, of those inputs that were sent. */
function rowsOf(inputs: readonly ModelInput[], { rows, columns }: Frame): Record<string, unknown>[] {
  const sent = inputs.flatMap((input) => {
    const values = columns.get(input.name);
    return values ? [{ ...input, values }] : [];
  });
  return Array.from({ length: rows }, (_, row) => {
    const given: Record<string, unknown> = Object.create(null);
    for (const { name, datatype, values } of sent) given[name] = givenAs(datatype, values[row]);
    return given;
  });
}

/** NaN is missing, and tables of floats have 0 and 1 where there are flags. */
function givenAs(datatype: ModelInput["datatype"], value: unknown): unknown {
  if (value === undefined || Number.isNaN(value)) return null;
  return datatype === "BOOL" && (value === 0 || value === 1) ? value === 1 : value;
}

function requireColumns(inputs: readonly ModelInput[], columns: Frame["columns"]): void {
  const missing = inputs.filter(({ name }) => !columns.has(name));
  if (missing.length === 0) return;
  throw new BadUserInputError(`missing: ${namesOf(missing)}; the model takes ${namesOf(inputs)}`);
}

function refuseOthers(columns: Frame["columns"], taken: readonly ModelInput[]): void {
  const names = taken.map(({ name }) => name);
  const other = [...columns.keys()].find((name) => !names.includes(name));
  if (other === undefined) return;
  const shown = other.slice(0, 60);
  throw new BadUserInputError(
    `${JSON.stringify(shown)} is no input of the model; there is ${names.join(", ")}${suggestion(shown, names)}`,
  );
}

const namesOf = (inputs: readonly ModelInput[]): string => inputs.map(({ name }) => name).join(", ");
