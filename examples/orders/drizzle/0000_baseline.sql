CREATE TABLE "customers" (
	"customer_id" text collate "C" PRIMARY KEY NOT NULL,
	"joined_on" date,
	"region" text,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outcomes" (
	"customer_id" text collate "C" PRIMARY KEY NOT NULL,
	"left" boolean,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orders_events" (
	"customer_id" text collate "C" NOT NULL,
	"order_no" integer,
	"ordered_at" timestamp without time zone,
	"dollars" double precision,
	"tax" numeric(10,2),
	"items" integer,
	"channel" text,
	"cancelled" boolean,
	"as_of" date NOT NULL,
	"asof_event_date" date NOT NULL,
	"asof_delivery" integer NOT NULL,
	"asof_ended_by" integer
) PARTITION BY RANGE ("asof_event_date");
--> statement-breakpoint
CREATE TRIGGER guard_event BEFORE UPDATE OR DELETE ON "orders_events" FOR EACH ROW EXECUTE FUNCTION asof_guard_event();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "orders_events" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "customers_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"joined_on" date,
	"region" text,
	CONSTRAINT "customers_snapshots_snapshot_id_customer_id_as_of_pk" PRIMARY KEY("snapshot_id","customer_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "customers_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "customers_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "customers_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "outcomes_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"left" boolean,
	CONSTRAINT "outcomes_snapshots_snapshot_id_customer_id_as_of_pk" PRIMARY KEY("snapshot_id","customer_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "outcomes_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "outcomes_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "outcomes_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "spending_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"spend_90d" double precision,
	"orders_90d" integer,
	"web_orders_90d" integer,
	"large_orders" integer,
	"mean_basket" double precision,
	"tax_paid" numeric(38,2),
	"channels" integer,
	"last_channel" text,
	"last_order" integer,
	CONSTRAINT "spending_snapshots_snapshot_id_customer_id_as_of_pk" PRIMARY KEY("snapshot_id","customer_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "spending_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "spending_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "spending_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "profile_online" (
	"customer_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"region" text
);
--> statement-breakpoint
CREATE TABLE "spending_online" (
	"customer_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"spend_90d" double precision,
	"orders_90d" integer,
	"web_orders_90d" integer,
	"large_orders" integer,
	"mean_basket" double precision,
	"tax_paid" numeric(38,2),
	"channels" integer,
	"last_channel" text,
	"last_order" integer
);
--> statement-breakpoint
CREATE TABLE "profile_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "profile_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"region" text
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "profile_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "profile_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "spending_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "spending_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"spend_90d" double precision,
	"orders_90d" integer,
	"web_orders_90d" integer,
	"large_orders" integer,
	"mean_basket" double precision,
	"tax_paid" numeric(38,2),
	"channels" integer,
	"last_channel" text,
	"last_order" integer
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "spending_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "spending_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE INDEX "profile_pushes_user" ON "profile_pushes" USING btree ("customer_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "profile_pushes_pending" ON "profile_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "spending_pushes_user" ON "spending_pushes" USING btree ("customer_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "spending_pushes_pending" ON "spending_pushes" USING btree ("as_of") WHERE snapshot_id is null;
