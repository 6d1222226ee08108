import { printSchema } from "graphql";
import { loadDeployment } from "../../process/load-deployment.js";
import { buildAsofSchema } from "../../resolvers/build-schema.js";
import { deploymentModule } from "../../threads/deployment-module.js";

/**
 * The schema that a server of the module named by ASOF_DEFINITIONS has, its records from outside included.
 * @throws {ConfigError} the module cannot be used
 */
export async function deploymentSchema(env: NodeJS.ProcessEnv): Promise<string> {
  const { definitions } = await loadDeployment(deploymentModule(env));
  return printSchema(await buildAsofSchema(definitions));
}
