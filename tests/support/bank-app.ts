import { startTestApp, type TestApp } from "./app.js";
import { bank, bankDelivery, customerIds } from "./bank.js";
import { writeDelivery } from "./delivery.js";

export const CUSTOMERS = customerIds(120);
export const MONTH = "2024-01-31";

/** A server of the bank's definitions with one month of 120 customers. */
export async function startBank(
  options: Omit<Parameters<typeof startTestApp>[0], "definitions"> = {},
): Promise<TestApp> {
  const app = await startTestApp({ ...options, definitions: bank });
  writeDelivery(app.dataDir, "january", bankDelivery(CUSTOMERS));
  const { error } = await app.client.ingest("january", MONTH);
  if (error) throw new Error(`the bank's month cannot be ingested: ${JSON.stringify(error)}`);
  return app;
}

/** Trains a version of the model and puts it into Production. */
export async function serve(app: TestApp, model: string): Promise<number> {
  const run = await app.client.train({ asOf: MONTH, model, algorithm: "LOGISTIC_REGRESSION" });
  if (!run.modelVersion) throw new Error(`${model} cannot be trained: ${JSON.stringify(run.error)}`);
  const { version } = run.modelVersion;
  await app.client.query(
    `mutation($model: String!, $version: Int!) {
       promote(input: { model: $model, version: $version, force: true, reason: "a test" }) { version } }`,
    { model, version },
  );
  return version;
}
