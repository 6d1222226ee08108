CREATE TABLE "applicants" (
	"applicant_id" text collate "C" PRIMARY KEY NOT NULL,
	"income" double precision,
	"employed_months" integer,
	"housing" text,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "applications" (
	"applicant_id" text collate "C" PRIMARY KEY NOT NULL,
	"amount" double precision,
	"months" integer,
	"purpose" text,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payment_history" (
	"applicant_id" text collate "C" PRIMARY KEY NOT NULL,
	"open_loans" integer,
	"late_payments" integer,
	"savings" double precision,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outcomes" (
	"applicant_id" text collate "C" PRIMARY KEY NOT NULL,
	"defaulted" boolean,
	"as_of" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "applicants_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"applicant_id" text collate "C" NOT NULL,
	"income" double precision,
	"employed_months" integer,
	"housing" text,
	CONSTRAINT "applicants_snapshots_snapshot_id_applicant_id_as_of_pk" PRIMARY KEY("snapshot_id","applicant_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "applicants_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "applicants_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "applicants_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "applications_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"applicant_id" text collate "C" NOT NULL,
	"amount" double precision,
	"months" integer,
	"purpose" text,
	CONSTRAINT "applications_snapshots_snapshot_id_applicant_id_as_of_pk" PRIMARY KEY("snapshot_id","applicant_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "applications_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "applications_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "applications_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "payment_history_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"applicant_id" text collate "C" NOT NULL,
	"open_loans" integer,
	"late_payments" integer,
	"savings" double precision,
	CONSTRAINT "payment_history_snapshots_snapshot_id_applicant_id_as_of_pk" PRIMARY KEY("snapshot_id","applicant_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "payment_history_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "payment_history_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "payment_history_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "outcomes_snapshots" (
	"snapshot_id" integer NOT NULL,
	"as_of" date NOT NULL,
	"applicant_id" text collate "C" NOT NULL,
	"defaulted" boolean,
	CONSTRAINT "outcomes_snapshots_snapshot_id_applicant_id_as_of_pk" PRIMARY KEY("snapshot_id","applicant_id","as_of")
) PARTITION BY LIST ("as_of");
--> statement-breakpoint
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "outcomes_snapshots" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "outcomes_snapshots" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TRIGGER refuse_insert AFTER INSERT ON "outcomes_snapshots" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();
--> statement-breakpoint
CREATE TABLE "profile_online" (
	"applicant_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"income" double precision,
	"employed_months" integer,
	"housing" text
);
--> statement-breakpoint
CREATE TABLE "payments_online" (
	"applicant_id" text collate "C" PRIMARY KEY NOT NULL,
	"as_of" date NOT NULL,
	"open_loans" integer,
	"late_payments" integer,
	"savings" double precision
);
--> statement-breakpoint
CREATE TABLE "profile_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "profile_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"applicant_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"income" double precision,
	"employed_months" integer,
	"housing" text
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "profile_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "profile_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE TABLE "payments_pushes" (
	"push_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "payments_pushes_push_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"snapshot_id" integer,
	"as_of" date NOT NULL,
	"applicant_id" text collate "C" NOT NULL,
	"pushed_features" text[] NOT NULL,
	"pushed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"pushed_by" text NOT NULL,
	"open_loans" integer,
	"late_payments" integer,
	"savings" double precision
);
--> statement-breakpoint
CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "payments_pushes" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "payments_pushes" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();
--> statement-breakpoint
CREATE INDEX "profile_pushes_user" ON "profile_pushes" USING btree ("applicant_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "profile_pushes_pending" ON "profile_pushes" USING btree ("as_of") WHERE snapshot_id is null;
--> statement-breakpoint
CREATE INDEX "payments_pushes_user" ON "payments_pushes" USING btree ("applicant_id","as_of","push_id");
--> statement-breakpoint
CREATE INDEX "payments_pushes_pending" ON "payments_pushes" USING btree ("as_of") WHERE snapshot_id is null;
