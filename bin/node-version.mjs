// Plain JavaScript of long ago, and imported first: an old Node.js must come as far as to say that it is one.

/** As package.json's `engines` says (tests/process/node-version.test.ts): major, minor. */
export const OLDEST_NODE = [20, 19];

/** Why this Node.js cannot run asof, or null. */
export function nodeTooOld(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return null;
  return `asof needs Node.js ${OLDEST_NODE.join(".")} or newer, and this is ${version}`;
}

/** Ends the process where it is too old, before anything is loaded that needs a newer one. */
export function requireNode() {
  const reason = nodeTooOld(process.versions.node);
  if (reason === null) return;
  console.error(`${reason}: install a newer one (https://nodejs.org), or run it with npx node@20`);
  process.exit(1);
}
