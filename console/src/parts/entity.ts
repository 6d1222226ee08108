/** Addresses of entities, named as the deployment names them: `/users/8627-ZYGSZ`. */
export const entitiesPath = (entity: string): string => `/${encodeURIComponent(entity)}s`;

/** @param key the values of the key's columns, in the order they are declared */
export const entityPath = (entity: string, key: readonly string[]): string =>
  `${entitiesPath(entity)}/${key.map(encodeURIComponent).join("/")}`;

/** The values of a key as the API gives it: an object by column. */
export const keyValues = (key: unknown): string[] =>
  key !== null && typeof key === "object" ? Object.values(key).map(String) : [String(key)];
