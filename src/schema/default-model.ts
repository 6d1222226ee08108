import { definitions } from "../definitions/index.js";

/** What `model` means where a client names none: the deployment's first feature service. */
export const defaultModel = definitions.services[0]?.name ?? "";
