-- Unlogged: a crash gives every caller a full bucket, which is what it would have a second or two later.
CREATE UNLOGGED TABLE "rate_limits" (
	"caller" "bytea" PRIMARY KEY NOT NULL,
	"tokens" double precision NOT NULL,
	"granted" integer NOT NULL,
	"at" timestamp with time zone NOT NULL
);
