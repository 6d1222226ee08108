import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const now = sql`clock_timestamp()`;

/** Who is told of what: what the definitions declare, and what was set through the API. */
export const alertRules = pgTable("alert_rules", {
  name: text("name").primaryKey(),
  /** Each event with its options. */
  triggers: jsonb("triggers").notNull(),
  channel: text("channel").notNull(),
  options: jsonb("options").notNull(),
  /** By the definitions: each start brings it into line with them. */
  declared: boolean("declared").notNull().default(false),
  /** Who set it last. */
  actor: text("actor").notNull(),
  changed_at: instant("changed_at").notNull().default(now),
  /** What had happened before there was the rule is not told: events of runs and moves between stages, ends of canaries up to these. */
  after_event: bigint("after_event", { mode: "bigint" }).notNull(),
  after_move: bigint("after_move", { mode: "bigint" }).notNull(),
  after_canary: bigint("after_canary", { mode: "bigint" }).notNull().default(sql`0`),
});

/** Up to where changes were looked through for what is to be told; the lock on its row is the turn to do so. */
export const alertCursors = pgTable("alert_cursors", {
  name: text("name").primaryKey(),
  position: bigint("position", { mode: "bigint" }).notNull(),
  /** When what lasts was looked at. */
  looked_at: instant("looked_at"),
});

/** What a rule was told has begun, and has not ended. */
export const alertConditions = pgTable(
  "alert_conditions",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    rule: text("rule")
      .notNull()
      .references(() => alertRules.name, { onDelete: "cascade" }),
    event: text("event").notNull(),
    subject: text("subject").notNull(),
    since: instant("since").notNull().default(now),
    /** As it was told. */
    message: jsonb("message").notNull(),
  },
  (table) => [unique("alert_conditions_once").on(table.rule, table.event, table.subject)],
);

/** What is sent to whom: one row each, tried again until it is taken or dead. */
export const alertDeliveries = pgTable(
  "alert_deliveries",
  {
    /** By it a receiver knows one that comes twice. */
    id: uuid("id").primaryKey().defaultRandom(),
    rule: text("rule").notNull(),
    event: text("event").notNull(),
    /** Of what happened: a rule is told once of it. */
    key: text("key").notNull(),
    channel: text("channel").notNull(),
    message: jsonb("message").notNull(),
    /** PENDING, DELIVERED or DEAD. */
    state: text("state").notNull().default("PENDING"),
    attempts: integer("attempts").notNull().default(0),
    created_at: instant("created_at").notNull().default(now),
    next_at: instant("next_at").notNull().default(now),
    /** The process that sends it says so for so long. */
    leased_until: instant("leased_until"),
    /** Of this sending: what became of it is written by it alone. */
    lease: uuid("lease"),
    delivered_at: instant("delivered_at"),
    last_error: text("last_error"),
  },
  (table) => [
    unique("alert_deliveries_once").on(table.rule, table.event, table.key),
    index("alert_deliveries_waiting").on(table.rule, table.next_at).where(sql`state = 'PENDING'`),
    index("alert_deliveries_newest").on(table.created_at, table.id),
  ],
);
