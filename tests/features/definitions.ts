import { migrationStatements, schemaState } from "../../scripts/migration-statements.js";
import { migrateDatabase, withMigrationLock } from "../../src/db/database.js";
import { bool, float, int, string } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { testing } from "../support/deployment/testing.js";

const user = entity("user", { key: "user_id" });
const people = source("people", { columns: { city: string() } });
const play = source("play", { columns: { hours: float(), skips: int() } });
const plan = source("plan", { columns: { tier: string(), paperless: bool() } });
const outcomes = source("outcomes", { columns: { left: bool({ required: true }) } });

/** 30 days to live. */
const playView = featureView("play_30d", { source: play, features: ["hours", "skips"], ttlDays: 30 });
/** Lives for ever. */
const planView = featureView("plan_profile", { source: plan, features: ["tier", "paperless"] });

/** Two little views, one with a ttl. */
export const definitions = deployment({
  entity: user,
  entitySource: people,
  sources: [people, play, plan, outcomes],
  views: [playView, planView],
  services: [
    featureService("leaving", {
      views: [playView, planView],
      label: { source: outcomes, column: "left" },
      gates: { minAuc: 0.5, maxAucLoss: 0.1 },
    }),
  ],
});

/** Takes a database to the tables of these definitions, beside those of the test deployment. */
export async function prepare(url: string, declared: Deployment = definitions): Promise<void> {
  await migrateDatabase(url, testing);
  const both = {
    ...declared,
    sources: [...testing.sources, ...declared.sources],
    views: [...testing.views, ...declared.views],
    services: [...testing.services, ...declared.services],
  };
  const statements = await migrationStatements(schemaState(testing), schemaState(both));
  await withMigrationLock(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
