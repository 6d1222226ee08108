import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What Node is started with by `npm start` of the checkout in that folder. */
export function startOptions(folder = "."): string[] {
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const [, options] = /exec node (.*)dist\/main\.js$/.exec(scripts.start)!;
  return options!.split(" ").filter((option) => option !== "");
}
