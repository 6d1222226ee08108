CREATE TABLE "customers" (
	"customer_id" text collate "C" PRIMARY KEY NOT NULL,
	"region" text,
	"income" double precision,
	"years_with_bank" integer,
	"left_bank" boolean,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"account_id" text collate "C" PRIMARY KEY NOT NULL,
	"customer_id" text,
	"kind" text,
	"credit_limit" double precision,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_usage" (
	"account_id" text collate "C" PRIMARY KEY NOT NULL,
	"balance" double precision,
	"card_spend_30d" double precision,
	"late_fees_90d" integer,
	"overdrawn" boolean,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"region" text,
	"income" double precision,
	"years_with_bank" integer,
	"left_bank" boolean,
	CONSTRAINT "customers_snapshots_snapshot_id_customer_id_as_of_pk" PRIMARY KEY("snapshot_id","customer_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "customers_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "customers_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "customers_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "accounts_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"account_id" text collate "C" NOT NULL,
	"customer_id" text,
	"kind" text,
	"credit_limit" double precision,
	CONSTRAINT "accounts_snapshots_snapshot_id_account_id_as_of_pk" PRIMARY KEY("snapshot_id","account_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "accounts_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "accounts_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "accounts_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "account_usage_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"account_id" text collate "C" NOT NULL,
	"balance" double precision,
	"card_spend_30d" double precision,
	"late_fees_90d" integer,
	"overdrawn" boolean,
	CONSTRAINT "account_usage_snapshots_snapshot_id_account_id_as_of_pk" PRIMARY KEY("snapshot_id","account_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "account_usage_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "account_usage_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "account_usage_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "household_online" (
	"customer_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"region" text,
	"income" double precision,
	"years_with_bank" integer
);
--> statement-breakpoint
CREATE TABLE "terms_online" (
	"account_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"kind" text,
	"credit_limit" double precision
);
--> statement-breakpoint
CREATE TABLE "activity_online" (
	"account_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"balance" double precision,
	"card_spend_30d" double precision,
	"late_fees_90d" integer
);
--> statement-breakpoint
CREATE TABLE "household_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "household_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"customer_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"region" text,
	"income" double precision,
	"years_with_bank" integer
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "household_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "household_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "terms_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "terms_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"account_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"kind" text,
	"credit_limit" double precision
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "terms_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "terms_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "activity_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "activity_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"account_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"balance" double precision,
	"card_spend_30d" double precision,
	"late_fees_90d" integer
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "activity_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "activity_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE INDEX "household_pushes_user" ON "household_pushes" USING btree ("customer_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "household_pushes_pending" ON "household_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "terms_pushes_user" ON "terms_pushes" USING btree ("account_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "terms_pushes_pending" ON "terms_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "activity_pushes_user" ON "activity_pushes" USING btree ("account_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "activity_pushes_pending" ON "activity_pushes" USING btree ("as_of") WHERE snapshot_id is null;
