CREATE INDEX "prediction_log_at" ON "prediction_log" USING btree ("at");
--> statement-breakpoint
CREATE INDEX "prediction_log_model" ON "prediction_log" USING btree ("model","at");
--> statement-breakpoint
CREATE INDEX "prediction_log_key" ON "prediction_log" USING btree ("user_id","at");
