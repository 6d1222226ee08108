ALTER TABLE "api_tokens" ADD COLUMN "model_roles" jsonb DEFAULT '{}'::jsonb NOT NULL;
