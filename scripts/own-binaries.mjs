// After npm install: onnxruntime-node comes with the binaries of six platforms, 290 MB; those of others are removed.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const binaries = "node_modules/onnxruntime-node/bin";
for (const api of foldersIn(binaries)) {
  for (const platform of foldersIn(api)) {
    for (const arch of foldersIn(platform)) {
      if (arch !== join(api, process.platform, process.arch)) rmSync(arch, { recursive: true });
    }
  }
}

function foldersIn(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
