import { requireNode } from "../bin/node-version.mjs";

// Before anything is loaded that an old Node.js cannot read.
requireNode();
await import("./process/start.js");
