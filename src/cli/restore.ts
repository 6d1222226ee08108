import { resolve } from "node:path";
import { embeddedHome } from "./backup.js";
import type { ExitCode, Given } from "./command.js";

export async function restore(given: Given): Promise<ExitCode> {
  const home = await embeddedHome();
  const { restoreEmbedded } = await import("../db/embedded/restore.js");
  const report = await restoreEmbedded(home, resolve(given.text("file")!), given.flag("force"));
  if (given.flag("json")) given.print(JSON.stringify(report));
  else {
    given.print(`${home} holds the database of ${report.createdAt} again; npm start serves it`);
    if (report.setAside)
      given.print(`what was there before is in ${report.setAside}; remove it when you are sure`);
  }
  return 0;
}
