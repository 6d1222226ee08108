import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a folder was built from, kept in it: whether that is what is there now. */
export class Stamp {
  #file;
  #inputs;

  /** @param inputs files, and folders with all that is in them */
  constructor(outdir, inputs) {
    this.#file = join(outdir, ".inputs");
    this.#inputs = inputs;
  }

  holds() {
    return existsSync(this.#file) && readFileSync(this.#file, "utf8") === this.#sha256();
  }

  write() {
    writeFileSync(this.#file, this.#sha256());
  }

  #sha256() {
    const hash = createHash("sha256");
    for (const file of this.#inputs.flatMap(filesOf))
      hash.update(file).update("\0").update(readFileSync(file)).update("\0");
    return hash.digest("hex");
  }
}

/** A file, or those of a folder, in one order. */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
