import { camelCase } from "../../definitions/language/deployment.js";
import { FIRST_GATES } from "./label.js";
import type { Plan, PlannedColumn, PlannedSource } from "./plan.js";

const LINE = 110;
/** Names that the text has for something else, and words of JavaScript. */
const TAKEN = new Set([
  ...[
    "bigint",
    "bool",
    "count",
    "date",
    "days",
    "daysSince",
    "decimal",
    "deployment",
    "entity",
    "featureService",
    "featureView",
    "float",
    "int",
    "last",
    "list",
    "max",
    "mean",
    "source",
    "string",
    "sum",
    "timestamp",
    "vector",
  ],
  ...[
    "views",
    "definitions",
    "default",
    "class",
    "new",
    "import",
    "export",
    "return",
    "const",
    "let",
    "var",
    "enum",
  ],
  ...[
    "case",
    "delete",
    "do",
    "else",
    "for",
    "function",
    "if",
    "in",
    "null",
    "package",
    "public",
    "private",
    "static",
  ],
  ...[
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "false",
    "try",
    "typeof",
    "void",
    "while",
    "with",
    "yield",
    "await",
  ],
]);

/** The plan as a module of definitions, to be read and changed by its owner. */
export function definitionsText(plan: Plan, writtenFrom: string): string {
  const variables = new Map(plan.sources.map((source) => [source, variableOf(source.name)]));
  const types = new Set(plan.sources.flatMap(({ columns }) => columns.map(({ type }) => type)));
  const imported = [
    "deployment",
    "entity",
    "featureView",
    "source",
    ...(plan.keyType === "string" ? [] : [plan.keyType]),
    ...types,
    ...plan.sources.flatMap(({ events }) => events?.windows.flatMap(({ calls }) => calls) ?? []),
    ...(plan.label ? ["featureService"] : []),
  ];
  const views = plan.sources.filter(
    ({ columns, events }) => events !== null || columns.some(({ isFeature }) => isFeature),
  );
  const labelled = plan.label && views.length > 0;
  const service = labelled
    ? `
    featureService(${quoted(plan.name)}, {
      views,
      label: { source: ${variables.get(plan.label!.source)}, column: ${quoted(plan.label!.column)} },
      gates: ${literal(FIRST_GATES[plan.label!.task])},
    }),
  `
    : "";
  return `// Written by "asof init" from ${writtenFrom}. It is yours now: read it, correct it, and run "npm run db:generate" after a change.
import { ${[...new Set(imported)].sort().join(", ")} } from "asof/definitions";

${plan.sources.map((source) => sourceText(variables.get(source)!, source)).join("\n\n")}

const views = [
${views.map((source) => viewText(variables.get(source)!, source)).join("\n")}
];

export const definitions = deployment({
  name: ${quoted(plan.name)},
  entity: entity(${quoted(plan.entity)}, { key: ${keyText(plan)} }),
  entitySource: ${variables.get(plan.entitySource)},
  sources: [${[...variables.values()].join(", ")}],
  views,
  services: [${service}],
});
`;
}

const keyText = ({ key, keyType }: Plan): string =>
  keyType === "string" ? quoted(key) : `{ ${key}: ${keyType}() }`;

function variableOf(name: string): string {
  const variable = camelCase(name);
  return TAKEN.has(variable) ? `${variable}Source` : variable;
}

function sourceText(
  variable: string,
  { name, from, keyFrom, empty, isSometimes, columns, events }: PlannedSource,
): string {
  const { file, delimiter, decimal } = from;
  const options = [
    isSometimes ? 'delivered: "sometimes"' : null,
    file === name ? null : `file: ${quoted(file)}`,
    keyFrom === null ? null : `keyFrom: ${quoted(keyFrom)}`,
    delimiter === "," ? null : `delimiter: ${quoted(delimiter)}`,
    decimal === "." ? null : 'decimal: ","',
    empty.length === 0 ? null : `empty: ${list(empty)}`,
    events && `eventTime: ${quoted(events.time)}`,
    events && (events.eventKey ? `eventKey: ${list(events.eventKey)}` : 'delivery: "replaces"'),
  ].filter((option) => option !== null);
  return `const ${variable} = source(${quoted(name)}, {
${options.map((option) => `  ${option},\n`).join("")}  columns: {
${columns.map((column) => `    ${column.name}: ${columnText(column)},`).join("\n")}
  },
});`;
}

function columnText({ name, header, type, oneOf, words, min, zone, required }: PlannedColumn): string {
  const options = [
    header === name ? null : `from: ${quoted(header)}`,
    required ? "required: true" : null,
    min === null ? null : `min: ${min}`,
    zone === null ? null : `zone: ${quoted(zone)}`,
    oneOf ? `oneOf: ${list(oneOf)}` : null,
    words ? `true: ${list(words.true)}, false: ${list(words.false)}` : null,
  ].filter((option) => option !== null);
  return options.length === 0 ? `${type}()` : `${type}({ ${options.join(", ")} })`;
}

function viewText(variable: string, { name, columns, events }: PlannedSource): string {
  if (events)
    return `  featureView(${quoted(`${name.slice(0, 32)}_features`)}, {
    source: ${variable},
    features: {
${events.windows.map(({ name, text }) => `      ${name}: ${text},`).join("\n")}
    },
  }),`;
  const features = columns.filter(({ isFeature }) => isFeature).map(({ name }) => name);
  const line = `  featureView(${quoted(`${name.slice(0, 32)}_features`)}, { source: ${variable}, features: ${list(features)} }),`;
  if (line.length <= LINE) return line;
  return `  featureView(${quoted(`${name.slice(0, 32)}_features`)}, {
    source: ${variable},
    features: [
${features.map((feature) => `      ${quoted(feature)},`).join("\n")}
    ],
  }),`;
}

const quoted = (text: string): string => JSON.stringify(text);
/** Of names that need no quotes. */
const literal = (value: object | number | string): string =>
  typeof value === "object"
    ? `{ ${Object.entries(value)
        .map(([name, each]) => `${name}: ${literal(each)}`)
        .join(", ")} }`
    : JSON.stringify(value);
const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(", ")}]`;
