const { readdirSync } = require("node:fs");

// The folders of src, from the top down: a folder imports those below it, never those above. Folders on one line know nothing of each
// other. Every rule on folders follows from this list, and a folder that is missing here fails the check.
const LAYERS = [
  ["cli", "demo"],
  ["process"],
  ["interop"],
  ["http"],
  ["resolvers"],
  ["schema"],
  ["services"],
  ["alerts", "lineage"],
  ["jobs"],
  ["serving"],
  ["monitoring"],
  ["ingest"],
  ["inputs"],
  ["features", "registry", "training"],
  ["audit"],
  ["auth"],
  ["db"],
  ["observability"],
  ["definitions", "storage"],
  ["html", "onnx", "s3", "threads"],
  ["values"],
  ["errors"],
];

const folders = LAYERS.flat();
const found = readdirSync(`${__dirname}/src`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const unlisted = found.filter((name) => !folders.includes(name));
const missing = folders.filter((name) => !found.includes(name));
if (unlisted.length + missing.length > 0)
  throw new Error(
    `.dependency-cruiser.cjs: name each folder of src once; not named: ${unlisted.join(", ") || "none"}; not there: ${missing.join(", ") || "none"}`,
  );

const inside = (...names) => `^src/(${names.join("|")})/`;

/** Of each folder: what is above it, or beside it. */
const layerRules = LAYERS.flatMap((layer, depth) =>
  layer.map((folder) => {
    const above = LAYERS.slice(0, depth + 1)
      .flat()
      .filter((name) => name !== folder);
    return {
      name: `${folder}-knows-nothing-above-it`,
      severity: "error",
      from: { path: inside(folder) },
      to: { path: ["^src/main\\.ts$", ...(above.length > 0 ? [inside(...above)] : [])] },
    };
  }),
);

module.exports = {
  forbidden: [
    ...layerRules,
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-cycle-of-folders",
      severity: "error",
      scope: "folder",
      from: { path: "^src/[^/]+$" },
      to: { circular: true, path: "^src/[^/]+$" },
    },
    {
      name: "no-orphan",
      severity: "error",
      from: { orphan: true, pathNot: "\\.(worker|process)\\.ts$|main\\.ts$" },
      to: {},
    },
    {
      name: "training-is-pure",
      comment: "learners, metrics and export know no database and no runtime",
      severity: "error",
      from: { path: inside("training") },
      to: { path: inside("audit", "auth", "db", "definitions", "observability") },
    },
    {
      name: "resolvers-touch-no-database",
      severity: "error",
      from: { path: inside("resolvers", "schema") },
      to: { path: [inside("db"), "node_modules/(pg|drizzle-orm)/"], pathNot: "^src/db/page\\.ts$" },
    },
    {
      name: "one-importer-of-onnxruntime",
      severity: "error",
      from: { pathNot: inside("serving") },
      to: { path: "node_modules/onnxruntime" },
    },
    {
      name: "one-user-of-the-run-engine",
      severity: "error",
      from: { pathNot: "^src/jobs/engine/" },
      to: { path: "@dbos-inc/" },
    },
    {
      name: "one-user-of-the-run-engines-internals",
      comment: "tests/jobs/engine/dbos-internals.test.ts fails the day one of them changes",
      severity: "error",
      from: { pathNot: "^src/jobs/engine/dbos-internals\\.ts$" },
      to: { path: "@dbos-inc/dbos-sdk/(internal/|dist/src/(?!index\\.))" },
    },
    {
      name: "rest-and-graphql-are-siblings",
      comment: "what both read of a request is in inputs, what both answer in services",
      severity: "error",
      from: { path: "^src/http/(?!graphql)[^/]*\\.route\\.ts$" },
      to: { path: inside("resolvers", "schema") },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js"], conditionNames: ["import", "node", "default"] },
  },
};
