import { contentHash } from "../../../db/snapshots/content-hash.js";
import { hashPushes, pushedView } from "../../../db/snapshots/pushes-hash.js";
import { partRows } from "../../../db/snapshots/snapshot-parts.js";
import { joinTogether } from "../dated-reads.js";
import type { OfflineEngine } from "../offline-engine.js";
import { countBuckets, countChanges } from "./compare-parts.js";
import { exportCsv, exportRows } from "./export.js";
import { OfflineStore } from "./offline-store.js";
import { profilePart } from "./profile-part.js";
import { countLabelled, readTraining } from "./training.js";

export const postgresOffline: OfflineEngine = {
  name: "postgres",
  description:
    "The snapshots' tables in the database itself, partitioned by date; nothing beside PostgreSQL runs.",
  pointInTime: (db, deployment) => new OfflineStore(db, deployment),
  join: ({ pool, definitions }, asked, levels) =>
    joinTogether(new OfflineStore(pool, definitions), asked, levels),
  lake: null,
  training: readTraining,
  countLabelled,
  exportCsv,
  exportRows,
  changes: countChanges,
  buckets: countBuckets,
  profile: profilePart,
  async hash(tx, key, part) {
    const view = pushedView(part.name);
    const hash =
      view === null
        ? await contentHash(tx, { ...part, key }, partRows(part), { ownerId: part.ownerId })
        : await hashPushes(tx, key, view, part.columns, part.ownerId);
    return hash.sha256;
  },
};
