/** A parameter's value where parameters are texts: a text as it is, all else as JSON. */
export const paramText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
