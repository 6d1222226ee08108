import type { Deployment } from "./deployment.js";

/**
 * What `model` means where a client names none: the deployment's first feature service. Undefined where it declares
 * none. Every default of every surface is this one.
 */
export const defaultModelOf = ({ services }: Pick<Deployment, "services">): string | undefined =>
  services[0]?.name;
