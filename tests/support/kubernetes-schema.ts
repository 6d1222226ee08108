import { createRequire } from "node:module";
import { resolve } from "node:path";
import ts from "typescript";

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

const require = createRequire(import.meta.url);
const FILE = resolve("manifests.ts");
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts"],
  types: [],
};

/**
 * What Kubernetes would say against manifests: its schemas against values and formats, its types against fields that are
 * unknown, which the schemas let pass. No cluster is asked.
 * @returns a sentence for each problem
 */
export function manifestProblems(manifests: readonly Manifest[]): string[] {
  return [...manifests.flatMap(schemaProblems), ...typeProblems(manifests)];
}

function schemaProblems(manifest: Manifest): string[] {
  const models = require(`kubernetes-models/${manifest.apiVersion}`);
  try {
    new models[manifest.kind](manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${(error as Error).message}`];
  }
}

function typeProblems(manifests: readonly Manifest[]): string[] {
  const text = manifests
    .map(({ apiVersion, kind }, n) => {
      const type = `import("kubernetes-models/${apiVersion}/${kind}").I${kind}`;
      return `export const ${`manifest${n}`}: ${type} = ${JSON.stringify(manifests[n], null, 1)};`;
    })
    .join("\n");
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === FILE || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === FILE
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram([FILE], OPTIONS, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
