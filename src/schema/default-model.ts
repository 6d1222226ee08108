/**
 * Stands for the deployment's default model in decorators, which are read before any deployment is known;
 * `fillDefaultModel` puts its name there when the schema is built.
 */
export const DEFAULT_MODEL = Symbol("the deployment's default model");
