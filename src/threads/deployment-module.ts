import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { NamedRecord, Registry } from "../values/registry.js";

/**
 * The URL of the module that DEPLOYMENT names, or null. Functions cannot be sent to a thread, so each thread and process
 * imports the module for itself: they inherit the variable.
 */
export function deploymentModule(env: NodeJS.ProcessEnv = process.env): string | null {
  const path = env.DEPLOYMENT?.trim();
  return path ? pathToFileURL(resolve(path)).href : null;
}

/** In a thread that needs one kind of records: takes them from the deployment module, where there is one. */
export async function takeRecords<R extends NamedRecord>(registry: Registry<R>, kind: string): Promise<void> {
  const url = deploymentModule();
  if (url === null) return;
  const { default: deployment } = (await import(url)) as { default?: Record<string, readonly R[]> };
  const records = deployment?.[kind];
  if (records) registry.use(records);
}
