ALTER TABLE "api_tokens" ADD COLUMN "protocol_roles" jsonb DEFAULT '{}'::jsonb NOT NULL;
--> statement-breakpoint
ALTER TABLE "api_tokens" DROP CONSTRAINT "api_tokens_role_check";
--> statement-breakpoint
-- A token of the role none has those for single models and protocols alone.
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_role_check" CHECK (role in ('none', 'viewer', 'operator', 'admin'));
