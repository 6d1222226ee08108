import { kindOf } from "../../definitions/language/column-types/registry.js";
import { about, type Refuse } from "../../definitions/language/contradictions.js";
import type { Deployment, Source } from "../../definitions/language/deployment.js";
import type { Expectation } from "../../definitions/language/expectation.js";
import { isEventSource } from "../../definitions/language/windows/event-source.js";
import { UnknownNameError } from "../../values/registry.js";
import { type BoundExpectation, type DeclaredOn, OptionsProblem } from "./expectation.js";
import { expectations } from "./registry.js";

/** A declaration with its record's parts. */
export interface DeclaredExpectation extends Pick<BoundExpectation, "name" | "evaluation" | "refersTo"> {
  readonly declaration: Expectation;
  /** Its place in the source's declaration tells two of one kind on one column apart. */
  readonly index: number;
  /** What it names, the key's column where it is of the key; null for the file as a whole. */
  readonly columnOf: (keyName: string) => string | null;
  /** What is expected, in words that follow the column's name, and what is tolerated. */
  rule(fileOf?: (source: string) => string): string;
}

/** What a source declares, bound to the records in force. */
export const declaredOf = (source: Source, sourceNames: readonly string[] = []): DeclaredExpectation[] =>
  (source.expectations ?? []).map((declaration, index) => {
    const { column, other, ofKey, mostly } = declaration;
    const bound = expectations.get(declaration.rule.kind).bind(declaration.rule);
    const on: DeclaredOn = { column, other, source, sourceNames };
    const tolerated = mostly < 1 ? `, in at least ${percent(mostly)} of the values` : "";
    return {
      ...{ declaration, index, name: bound.name, evaluation: bound.evaluation, refersTo: bound.refersTo },
      columnOf: (keyName) => (ofKey ? keyName : column),
      rule: (fileOf = (name) => `${name}.csv`) => `${bound.rule(on, fileOf)}${tolerated}`,
    };
  });

const percent = (share: number): string => `${Number((share * 100).toFixed(4))} %`;

/** Refuses expectations that contradict their source or themselves, or that no record evaluates. */
export function checkExpectations({ sources }: Pick<Deployment, "sources">, report: Refuse): void {
  const sourceNames = sources.map(({ name }) => name);
  for (const source of sources) {
    const labels = new Set<string>();
    const refuse = about(`source ${source.name}`, report);
    for (const declaration of source.expectations ?? []) {
      const label = checkExpectation(declaration, source, sourceNames, refuse);
      const referred = bindOr(declaration.rule, () => {})?.refersTo ?? null;
      if (sources.some((each) => each.name === referred && isEventSource(each)))
        refuse(
          `expectation ${declaration.rule.kind}: source ${referred} has many rows an entity, and no keys`,
        );
      if (label === null) continue;
      if (labels.has(label)) refuse(`expectation ${label}: it is declared twice`);
      labels.add(label);
    }
  }
}

/** @returns what it is called, where that is not its record's name */
function checkExpectation(
  { column, other, ofKey, rule, mostly }: Expectation,
  source: Source,
  sourceNames: readonly string[],
  report: Refuse,
): string | null {
  let called = rule.kind;
  const refuse = (problem: string) => {
    const of = ofKey ? "the key: " : column === null ? "" : `column ${column}: `;
    report(`expectation ${called}: ${of}${problem}`);
  };
  const bound = bindOr(rule, refuse);
  if (!bound) return null;
  const hasLabel = bound.name !== rule.kind;
  if (hasLabel) called = `${rule.kind.toUpperCase()} ${JSON.stringify(bound.name)}`;
  const allowed = bound.columnTypes;
  if (allowed.length === 0 && (column !== null || ofKey)) refuse("it is of the file as a whole");
  if (allowed.length > 0 && column === null && !ofKey) refuse("it is of a column; name one");
  for (const name of [column, other]) {
    if (name === null) continue;
    if (!Object.hasOwn(source.columns, name)) {
      refuse(`the source has no column ${name}`);
      return null;
    }
    const { type } = source.columns[name]!;
    if (!allowed.includes(kindOf(type))) refuse(`${name} is of type ${type}, not ${allowed.join(" or ")}`);
  }
  if (ofKey && !allowed.includes("string")) refuse("a key is text");
  if (!(mostly > 0 && mostly <= 1)) refuse(`mostly ${mostly} must be above 0 and at most 1`);
  const problem = bound.contradiction({ column, other, source, sourceNames });
  if (problem) refuse(problem);
  return hasLabel ? called : null;
}

function bindOr(rule: Expectation["rule"], refuse: Refuse): BoundExpectation | null {
  try {
    return expectations.get(rule.kind).bind(rule);
  } catch (error) {
    if (!(error instanceof OptionsProblem || error instanceof UnknownNameError)) throw error;
    refuse(error.message);
    return null;
  }
}
