import type { ReportFile } from "../types.js";

export const SCHEMA_VERSION = 1;

/** By name; the same content gives the same bytes. */
export const asFiles = (files: Record<string, unknown>): ReportFile[] =>
  Object.entries(files).map(([name, content]) => ({ name, json: `${JSON.stringify(content, null, 2)}\n` }));
