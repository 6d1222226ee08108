/** npm run db:migrate: brings the database of DATABASE_URL or ASOF_HOME to this program's schema, as a start does. */

import { openDatabase } from "../src/db/database.js";
import { readConfig, readDotEnv } from "../src/process/config.js";
import { explainStartFailure } from "../src/process/lifecycle.js";
import { readDeployment } from "../src/process/load-deployment.js";

try {
  readDotEnv();
  const config = readConfig();
  const { definitions } = await readDeployment(config.deployment);
  const database = await openDatabase(config, definitions);
  const { rows } = await database.pool.query("select name, min_release from asof_deployment");
  await database.close();
  console.log(
    `the database of deployment ${rows[0].name} is up to date; it needs asof ${rows[0].min_release} or newer`,
  );
} catch (error) {
  console.error(explainStartFailure(error));
  process.exitCode = 1;
}
