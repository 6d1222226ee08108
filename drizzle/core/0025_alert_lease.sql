ALTER TABLE "alert_deliveries" ADD COLUMN "lease" uuid;
