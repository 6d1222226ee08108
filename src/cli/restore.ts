import { resolve } from "node:path";
import { embeddedHome } from "./backup.js";
import type { Given } from "./command.js";
import { type ExitCode, print } from "./command.js";

export async function restore(given: Given): Promise<ExitCode> {
  const home = await embeddedHome();
  const { restoreEmbedded } = await import("../db/embedded/restore.js");
  const report = await restoreEmbedded(home, resolve(given.text("file")!), given.flag("force"));
  if (given.flag("json")) print(JSON.stringify(report));
  else {
    print(`${home} holds the database of ${report.createdAt} again; npm start serves it`);
    if (report.setAside) print(`what was there before is in ${report.setAside}; remove it when you are sure`);
  }
  return 0;
}
