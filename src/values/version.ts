import { readFileSync } from "node:fs";

/** asof's own, of package.json. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).version;
