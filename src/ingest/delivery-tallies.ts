import type { Deployment, Source } from "../definitions/language/deployment.js";
import { entityOf, keyOf } from "../definitions/language/entities.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { declaredOf } from "./expectations/declared.js";
import { isWhole } from "./expectations/delivery/delivery.js";
import { deliveryExpectations, deliveryExpectationsOver } from "./expectations/delivery/registry.js";
import type { Tally } from "./tally.js";

type Expected = Pick<
  Tally,
  "column" | "expectation" | "rule" | "index" | "severity" | "mostly" | "over" | "whole"
>;

/**
 * An empty tally of each expectation of a delivery, source by source.
 * @param sources those that were delivered
 * @param fileOf the name a source was delivered under
 */
export function deliveryTallies(
  deployment: Deployment,
  sources: readonly Source[],
  fileOf: (source: string) => string,
): Tally[] {
  const expected = sources.flatMap((source) => {
    const all = [
      ...ofDelivery(deployment, source, fileOf),
      ...ofDeclared(deployment, source, fileOf),
      ...ofQuarantine(deployment, source, fileOf),
    ];
    return all.map((one) => ({ source, one }));
  });
  return expected.map(({ source, one }, number) => ({
    ...one,
    ...{ number, source: source.name, file: fileOf(source.name) },
    quarantines: source.onInvalid === "quarantine" && !one.whole && one.severity === "ERROR",
    ...{ looked: false, skipped: null, seen: null, count: 0, sample: [], observed: null },
  }));
}

type FileOf = (source: string) => string;

/** What every delivery is checked for: first of the file and its keys, then column by column. */
function ofDelivery(deployment: Deployment, source: Source, fileOf: FileOf): Expected[] {
  const entity = entityOf(deployment, source);
  const keyColumns = keyColumnsOf(entity).map(({ column }) => column);
  const columns = [null, ...keyColumns, entity.key, ...Object.keys(source.columns)];
  const place = ({ column }: Expected) => Math.max(1, columns.indexOf(column));
  return deliveryExpectations
    .filter(({ evaluation }) => evaluation.over !== "quarantine")
    .flatMap((record) => expectedOf(record, deployment, source, fileOf))
    .sort((a, b) => place(a) - place(b));
}

const ofQuarantine = (deployment: Deployment, source: Source, fileOf: FileOf): Expected[] =>
  deliveryExpectationsOver("quarantine").flatMap((record) => expectedOf(record, deployment, source, fileOf));

function expectedOf(
  { name, expected, evaluation }: (typeof deliveryExpectations)[number],
  deployment: Deployment,
  source: Source,
  fileOf: FileOf,
): Expected[] {
  const { over } = evaluation;
  const common = { expectation: name, index: null, severity: "ERROR", mostly: 1, over } as const;
  return expected({ deployment, source, fileOf }).map((one) => ({
    ...common,
    ...one,
    whole: isWhole(evaluation),
  }));
}

/** What the source declares of its own. */
function ofDeclared(deployment: Deployment, source: Source, fileOf: FileOf): Expected[] {
  const sourceNames = deployment.sources.map(({ name }) => name);
  return declaredOf(source, sourceNames).map((declared) => ({
    column: declared.columnOf(keyOf(deployment, source)),
    expectation: declared.name,
    rule: declared.rule(fileOf),
    index: declared.index,
    severity: declared.declaration.severity,
    mostly: declared.declaration.mostly,
    over: declared.evaluation.over,
    whole: declared.evaluation.over === "file",
  }));
}
