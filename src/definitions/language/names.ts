/** What a definition may be called. */
export const IDENTIFIER = /^[a-z][a-z0-9_]{0,40}$/;

/** `watch_hours_30d` -> `watchHours30d`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Calls `refuse` where two names would be one in GraphQL. */
export function checkFields(of: string, names: readonly string[], refuse: (problem: string) => void): void {
  const nameOf = new Map<string, string>();
  for (const name of names) {
    const other = nameOf.get(camelCase(name));
    if (other) refuse(`${of}: ${other} and ${name} would both be the GraphQL field ${camelCase(name)}`);
    nameOf.set(camelCase(name), name);
  }
}
