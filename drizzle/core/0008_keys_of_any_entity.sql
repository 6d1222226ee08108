-- What is about one entity is found by its key, whatever the entity is called.
ALTER TABLE "prediction_log" RENAME COLUMN "user_id" TO "key";
--> statement-breakpoint
ALTER TABLE "quarantined_rows" RENAME COLUMN "user_id" TO "key";
--> statement-breakpoint
ALTER TABLE "online_copy_queue" RENAME COLUMN "user_ids" TO "keys";
--> statement-breakpoint
-- Samples of reports name their rows so, too.
UPDATE "runs" SET "validation" = jsonb_set("validation", '{expectations}', (
  SELECT jsonb_agg(CASE WHEN jsonb_array_length(result->'sample') = 0 THEN result ELSE jsonb_set(result, '{sample}', (
    SELECT jsonb_agg((line - 'userId') || jsonb_build_object('key', line->'userId') ORDER BY at)
    FROM jsonb_array_elements(result->'sample') WITH ORDINALITY rows(line, at))) END ORDER BY place)
  FROM jsonb_array_elements("validation"->'expectations') WITH ORDINALITY results(result, place)))
WHERE "validation" @? '$.expectations[*].sample[*].userId';
