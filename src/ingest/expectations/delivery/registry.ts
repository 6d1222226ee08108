import { type CellExpectation, cellExpectations } from "./cells.js";
import type { DeliveryExpectation } from "./delivery.js";
import { eventKept, eventKeySize } from "./events.js";
import { columnSet, quarantine, readable, rowCount } from "./file.js";
import { keyNotNull, keyType, knownEntity, knownParent, rowShape, uniqueKey } from "./keys.js";

type Over = DeliveryExpectation["evaluation"]["over"];
/** The records of one evaluation. */
export type ExpectationsOver<O extends Over> = DeliveryExpectation<
  Extract<DeliveryExpectation["evaluation"], { over: O }>
>;

/** What every delivery is checked for, in the order of its report. */
export const deliveryExpectations: readonly DeliveryExpectation[] = [
  ...[readable, columnSet, rowCount, rowShape, keyNotNull, keyType, uniqueKey, knownEntity, knownParent],
  eventKeySize,
  eventKept,
  ...(cellExpectations satisfies readonly CellExpectation[]),
  quarantine,
];

const isOver =
  <O extends Over>(over: O) =>
  (record: DeliveryExpectation): record is ExpectationsOver<O> =>
    record.evaluation.over === over;

export const deliveryExpectationsOver = <O extends Over>(over: O): ExpectationsOver<O>[] =>
  deliveryExpectations.filter(isOver(over));
