import { existsSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { programFile } from "../values/project-root.js";
import type { NamedRecord, Registry } from "../values/registry.js";

/** What a folder of definitions has; the first that is there is the module. */
const IN_A_FOLDER = ["definitions", "index"].flatMap((name) =>
  ["ts", "js", "mjs"].map((extension) => `${name}.${extension}`),
);

/**
 * The URL of the module that ASOF_DEFINITIONS names, a file or a folder, or null. Functions cannot be sent to a thread, so each
 * thread and process imports the module for itself: they inherit the variable.
 */
export function deploymentModule(env: NodeJS.ProcessEnv = process.env): string | null {
  const given = env.ASOF_DEFINITIONS?.trim();
  if (!given) return null;
  const path = resolve(given);
  const inside = statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? IN_A_FOLDER.map((name) => join(path, name)).find((file) => existsSync(file))
    : null;
  return pathToFileURL(inside ?? path).href;
}

/** Imports a deployment module; TypeScript is compiled in memory, its types are not checked. */
export async function importDeployment(url: string): Promise<Record<string, unknown>> {
  return import(url.endsWith(".ts") ? await compiled(url) : url);
}

/** In a thread that needs one kind of records: takes them from the deployment module, where there is one. */
export async function takeRecords<R extends NamedRecord>(registry: Registry<R>, kind: string): Promise<void> {
  const url = deploymentModule();
  if (url === null) return;
  const { default: deployment } = (await importDeployment(url)) as { default?: Record<string, readonly R[]> };
  const records = deployment?.[kind];
  if (records) registry.use(records);
}

async function compiled(url: string): Promise<string> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(url)],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    logLevel: "silent",
    define: { "import.meta.url": JSON.stringify(url) },
    plugins: [packages],
  });
  return `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`;
}

/** Packages stay what they are: `asof` is this program wherever the module lies, others are those beside the module. */
const packages: Plugin = {
  name: "packages",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point" || isBuiltin(path))
        return kind === "entry-point" ? null : { path, external: true };
      const file = FRONTS[path] ?? pathToFileURL(createRequire(importer).resolve(path)).href;
      return { path: file, external: true };
    });
  },
};

const FRONTS: Readonly<Record<string, string>> = {
  asof: programFile("process/front").href,
  "asof/definitions": programFile("definitions/language/front").href,
};
