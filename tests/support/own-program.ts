import { join, resolve } from "node:path";
import { build } from "esbuild";
import { BUILD } from "./build.js";

/**
 * A module of JavaScript that serves what another exports as `definitions`.
 * @param folder where it is written
 * @returns the environment of a process that serves it
 */
export async function ownProgram(
  folder: string,
  definitions: string,
  migrations: string,
): Promise<Record<string, string>> {
  const outfile = join(folder, "shop.mjs");
  const front = resolve(BUILD, "process/front.js");
  await build({
    stdin: {
      contents: `import { createAsof } from ${JSON.stringify(front)};
        import { definitions } from ${JSON.stringify(definitions)};
        export default createAsof({ definitions: { ...definitions, migrations: ${JSON.stringify(migrations)} } });`,
      resolveDir: resolve("."),
    },
    alias: { "asof/definitions": front },
    external: [front],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  return { ASOF_DEFINITIONS: outfile, ASOF_SCHEMA: "" };
}
