import type { ApiCommand } from "../api/api-command.js";
import { bytes, jsonCell, names, rounded, time } from "../output/format.js";
import { column, columnOfSome, detail, rowsOf, table, type View } from "../output/view.js";
import { changeColumns } from "./tracking.js";

const versionColumns = [
  column("VERSION", "version"),
  column("STAGE", "stage"),
  column("ALGORITHM", "algorithm"),
  column("CREATED", "createdAt", time),
  column("AS OF", "snapshot.asOf"),
  columnOfSome("AUC", "auc", rounded),
  columnOfSome("RMSE", "rmse", rounded),
  columnOfSome("MACRO F1", "macroF1", rounded),
  column("SERVABLE", "servable", (servable) => (servable === true ? "yes" : "no")),
];
const versionFields =
  'model version stage algorithm createdAt snapshot { asOf revision } auc: metric(name: "auc") rmse: metric(name: "rmse") macroF1: metric(name: "macro_f1") servable notServable';
const transitionColumns = [
  column("AT", "at", time),
  column("VERSION", "version"),
  column("FROM", "from"),
  column("TO", "to"),
  column("ACTOR", "actor"),
  column("FORCED", "forced", (forced) => (forced === true ? "yes" : "")),
  column("REASON", "reason"),
];

const modelTable = table(
  [
    column("MODEL", "name"),
    column("PRODUCTION", "production.version"),
    column("STAGING", "staging.version"),
    column("LATEST", "latest.version"),
    column("ALIASES", "aliases.alias", names),
    column("DESCRIPTION", "description"),
  ],
  "tags aliases { alias version }",
);

/** The versions of a model, newest first. */
const versionTable: View = {
  fields: `name versions { ${versionFields} }`,
  lines: (answer, format) => rowsOf(versionColumns, (answer as { versions: unknown[] }).versions, format),
};

const versionDetail = detail(
  [
    column("MODEL", "model"),
    column("VERSION", "version"),
    column("STAGE", "stage"),
    column("ALGORITHM", "algorithm"),
    column("CREATED", "createdAt", time),
    column("SNAPSHOT", "snapshot.asOf"),
    column("RUN", "run.id"),
    column("IMPORTED", "importedFrom.from.deployment"),
    column("ORIGIN", "importedFrom.origin.runId"),
    column("ARCHIVE", "importedFrom.archive"),
    column("THRESHOLD", "threshold", rounded),
    column("CLASSES", "evaluation.classes", names),
    column("SHA256", "sha256"),
    column("SIZE", "bytes", bytes),
    column("DESCRIPTION", "description"),
    column("TAGS", "tags", jsonCell),
    column("NOT SERVABLE", "notServable"),
    column("WARNINGS", "warnings", (warnings) => (warnings as string[]).join("; ")),
  ],
  [
    {
      title: "Metrics",
      path: "metrics",
      columns: [column("METRIC", "name"), column("VALUE", "value", rounded)],
    },
    {
      title: "Classes",
      path: "evaluation.perClass",
      columns: [
        column("CLASS", "class"),
        column("ROWS", "rows"),
        column("CALLED", "called"),
        column("PRECISION", "precision", rounded),
        column("RECALL", "recall", rounded),
        column("F1", "f1", rounded),
        column("AUC", "auc", rounded),
      ],
    },
    {
      title: "Importances",
      path: "evaluation.importances",
      columns: [
        column("FEATURE", "feature"),
        column("PERMUTATION", "permutation", rounded),
        column("GAIN", "gain", rounded),
        column("MEAN |SHAP|", "shap", rounded),
      ],
    },
    { title: "Transitions", path: "transitions", columns: transitionColumns },
  ],
  "servable",
);

interface Promoted {
  model: string;
  version: number;
  stage: string;
  transitions: { gates: { name: string; passed: boolean; message: string }[] }[];
}

/** Where a version is now, and what the gates said. */
const promoted: View = {
  fields:
    "model version stage transitions { from to actor at reason forced gates { name passed message value limit } }",
  lines: (answer) => {
    const { model, version, stage, transitions } = answer as Promoted;
    return [`${model} version ${version} is ${stage}`, ...gateLines(transitions[0]?.gates ?? [])];
  },
};

interface Checked {
  passed: boolean;
  gates: Promoted["transitions"][number]["gates"];
  replaces: { version: number } | null;
}

/** What the gates say, and whom the version would replace. */
const checked: View = {
  fields: "passed forcible gates { name passed message value limit } replaces { version }",
  lines: (answer) => {
    const { passed, gates, replaces } = answer as Checked;
    const instead = replaces ? `, in the place of version ${replaces.version}` : "";
    return [passed ? `it would be promoted${instead}` : "it would not be promoted", ...gateLines(gates)];
  },
};

/** The difference with its interval, and what follows from it. */
const versionsCompared: View = {
  fields: "asOf rows metric value other difference lower upper confidence",
  lines: (answer) => {
    const { asOf, rows, metric, value, other, difference, lower, upper, confidence } =
      answer as VersionsCompared;
    const signed = (number: number) => `${number < 0 ? "" : "+"}${number.toFixed(4)}`;
    const says = lower > 0 ? "better" : upper < 0 ? "worse" : "not told apart: the interval includes 0";
    return [
      `${metric} ${value.toFixed(4)} and ${other.toFixed(4)} on ${rows} rows of ${asOf}`,
      `difference ${signed(difference)}, ${100 * confidence} % interval ${signed(lower)} to ${signed(upper)}: ${says}`,
    ];
  },
};

interface VersionsCompared extends Record<"rows" | "value" | "other" | "difference", number> {
  asOf: string;
  metric: string;
  lower: number;
  upper: number;
  confidence: number;
}

const gateLines = (gates: Checked["gates"]): string[] =>
  gates.map(({ passed, name, message }) => `  ${passed ? "passed" : "FAILED"}  ${name}: ${message}`);

export const modelCommands: readonly ApiCommand[] = [
  {
    name: "promote",
    group: "Models",
    field: "Mutation.promote",
    summary: "Moves a version to a stage, through its gates.",
    positionals: ["version"],
    view: promoted,
  },
  {
    name: "rollback",
    group: "Models",
    field: "Mutation.rollback",
    summary: "Returns to the version that was in Production before.",
    view: promoted,
  },
  {
    name: "models",
    group: "Models",
    field: "Query.models",
    summary: "Lists the registered models.",
    view: modelTable,
  },
  {
    name: "models show",
    group: "Models",
    field: "Query.model",
    summary: "Shows one model with its aliases, transitions and changes.",
    positionals: ["name"],
    names: { name: "model" },
    view: detail(
      [
        column("MODEL", "name"),
        column("DESCRIPTION", "description"),
        column("TAGS", "tags", jsonCell),
        column("PRODUCTION", "production.version"),
        column("STAGING", "staging.version"),
        column("LATEST", "latest.version"),
      ],
      [
        {
          title: "Aliases",
          path: "aliases",
          columns: [
            column("ALIAS", "alias"),
            column("VERSION", "version"),
            column("ACTOR", "actor"),
            column("SET", "setAt", time),
          ],
        },
        { title: "Transitions", path: "transitions", columns: transitionColumns },
        { title: "Changes", path: "changes", columns: changeColumns },
      ],
    ),
  },
  {
    name: "models check",
    group: "Models",
    field: "Query.promotionCheck",
    summary: "Shows what promote would say of a version, and changes nothing.",
    positionals: ["model", "version"],
    view: checked,
  },
  {
    name: "models compare",
    group: "Models",
    field: "Query.compareVersions",
    summary: "Shows whether one version is better than another, or the difference may be chance.",
    positionals: ["model", "version", "with"],
    view: versionsCompared,
  },
  {
    name: "models describe",
    group: "Models",
    field: "Mutation.describeModel",
    summary: "Sets the description and tags of a model or a version.",
    view: modelTable,
  },
  {
    name: "versions",
    group: "Models",
    field: "Query.model",
    summary: "Lists the versions of a model.",
    positionals: ["name"],
    names: { name: "model" },
    view: versionTable,
  },
  {
    name: "versions show",
    group: "Models",
    field: "Query.modelVersion",
    summary: "Shows one version with its metrics and transitions.",
    positionals: ["model", "version"],
    view: versionDetail,
  },
  {
    name: "versions delete",
    group: "Models",
    field: "Mutation.deleteModelVersion",
    summary: "Deletes a version that was never served.",
    positionals: ["version"],
    view: versionTable,
  },
  {
    name: "alias set",
    group: "Models",
    field: "Mutation.setModelAlias",
    summary: "Gives a version a name of its own, such as champion.",
    positionals: ["alias", "version"],
    view: aliased("is"),
  },
  {
    name: "alias remove",
    group: "Models",
    field: "Mutation.removeModelAlias",
    summary: "Removes an alias.",
    positionals: ["alias"],
    view: aliased("was"),
  },
];

/** The version that an alias names, or named. */
function aliased(verb: string): View {
  return {
    fields: "model version stage",
    lines: (answer) => {
      const { model, version } = answer as { model: string; version: number };
      return [`it ${verb} version ${version} of ${model}`];
    },
  };
}
