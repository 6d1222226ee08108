ALTER TABLE "model_versions" ADD COLUMN "imported_from" jsonb;
