/** The address of a version's page. */
export const versionPath = (model: string, version: number): string =>
  `/models/${encodeURIComponent(model)}/${version}`;
