// Arrows point down only: http → resolvers → schema, process → jobs → ingest, features, training, registry, serving → db, definitions, errors.
const inside = (...folders) => `^src/(${folders.join("|")})(/|\\.)`;
const SERVICES = ["ingest", "features", "training", "registry", "monitoring", "serving"];

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphan",
      severity: "error",
      from: { orphan: true, pathNot: "\\.(worker|process)\\.ts$|main\\.ts$" },
      to: {},
    },
    {
      name: "services-know-nothing-above",
      comment:
        "services and what is below them never import resolvers, schema, http, jobs or the composition",
      severity: "error",
      from: { path: inside(...SERVICES, "db", "definitions", "errors") },
      to: {
        path: inside("resolvers", "schema", "http", "jobs", "demo", "main", "process", "services"),
      },
    },
    {
      name: "db-is-below-the-services",
      severity: "error",
      from: { path: inside("db") },
      to: { path: inside(...SERVICES) },
    },
    {
      name: "definitions-and-errors-are-the-bottom",
      severity: "error",
      from: { path: inside("definitions", "errors") },
      to: { path: inside(...SERVICES, "db") },
    },
    {
      name: "values-know-errors-alone",
      comment: "what texts, numbers and instants may be is asked at every door",
      severity: "error",
      from: { path: inside("values") },
      to: { path: "^src/(?!(values|errors)/)" },
    },
    {
      name: "jobs-are-below-the-api",
      severity: "error",
      from: { path: inside("jobs") },
      to: {
        path: inside("resolvers", "schema", "http", "demo", "services"),
      },
    },
    {
      name: "threads-know-nothing-of-what-runs-in-them",
      severity: "error",
      from: { path: inside("threads") },
      to: { path: "^src/(?!(threads|values)/)" },
    },
    {
      name: "training-is-pure",
      comment: "learners, metrics and export know no database, no other service and no runtime",
      severity: "error",
      from: { path: inside("training") },
      to: { path: inside("db", "features", "registry", "ingest", "serving", "definitions") },
    },
    {
      name: "registry-is-below-its-users",
      severity: "error",
      from: { path: inside("registry") },
      to: { path: inside("features", "ingest", "training", "serving") },
    },
    {
      name: "ingest-and-features-do-not-serve",
      severity: "error",
      from: { path: inside("ingest", "features") },
      to: { path: inside("training", "serving") },
    },
    {
      name: "features-are-below-ingest",
      severity: "error",
      from: { path: inside("features") },
      to: { path: inside("ingest", "registry") },
    },
    {
      name: "resolvers-touch-no-database",
      severity: "error",
      from: { path: inside("resolvers", "schema") },
      to: { path: [inside("db"), "node_modules/(pg|drizzle-orm)/"], pathNot: "^src/db/page\\.ts$" },
    },
    {
      name: "schema-is-below-resolvers",
      severity: "error",
      from: { path: inside("schema") },
      to: { path: inside("resolvers", "http") },
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
      from: { pathNot: inside("jobs", "process") },
      to: { path: "node_modules/@dbos-inc" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js"], conditionNames: ["import", "node", "default"] },
  },
};
