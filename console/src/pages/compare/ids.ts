/** The most runs that are compared at once. */
export const MOST_COMPARED = 500;

/** Beyond it the ids are packed: an address of 500 in full would be longer than servers and proxies take. */
const MOST_IN_FULL = 100;

/** The address of the page that compares these runs. */
export function compareAddress(ids: readonly string[]): string {
  const text = ids.length <= MOST_IN_FULL ? ids.join(",") : ids.map(pack).join("");
  return `/compare?ids=${text}`;
}

/** The ids in such an address, each once, in its order. */
export function comparedIds(text: string): string[] {
  const packed = /^[\w-]{44,}$/.test(text) && text.length % 22 === 0;
  const ids = packed ? text.match(/.{22}/g)!.map(unpack) : text.split(",");
  return [...new Set(ids.map((id) => id.trim().toLowerCase()).filter(Boolean))];
}

/** A UUID's 16 bytes as 22 characters of base64url. */
function pack(id: string): string {
  const bytes = (id.replaceAll("-", "").match(/../g) ?? []).map((hex) => Number.parseInt(hex, 16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function unpack(text: string): string {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const hex = [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
