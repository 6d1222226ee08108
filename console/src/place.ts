/** Where the console is served: `/`, or the path that a reverse proxy puts before it. Ends with a slash. */
export const BASE = new URL(document.baseURI).pathname;

/** The address of something this server serves, such as `graphql` or an artifact's `/artifacts/…`. */
export const at = (path: string): string => new URL(path.replace(/^\//, ""), document.baseURI).href;

/** The same over WebSocket. */
export const socketAt = (path: string): string => at(path).replace(/^http/, "ws");
