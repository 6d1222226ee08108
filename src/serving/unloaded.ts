import type { Logger } from "pino";

/** What is wrong with a model, and what helps. */
export interface ModelProblem {
  subject: string;
  message: string;
  remedy: string;
}

/** What could not be loaded is tried again after a minute, then after twice as long each time. */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 30 * 60_000;

/** By what a version is to be: what is said where it cannot be loaded, and what helps. */
const ROLES = {
  Production: {
    message: "Production could not be loaded; the former version serves on",
    remedy: "Promote another version, or roll back.",
  },
  shadow: {
    message: "the shadow could not be loaded; there is none",
    remedy: "Set the alias shadow to another version, or remove it.",
  },
  canary: {
    message: "the challenger could not be loaded; the champion answers in its place",
    remedy: "End the canary.",
  },
} as const;
export type ServedRole = keyof typeof ROLES;

/** What should be loaded and is not. */
export class Unloaded {
  /** By model and role, and when it is tried again. */
  readonly #known = new Map<string, { problem: ModelProblem; retry: NodeJS.Timeout; afterMs: number }>();

  constructor(
    private readonly logger: Pick<Logger, "error">,
    private readonly retry: (model: string) => void,
  ) {}

  problems(): ModelProblem[] {
    return Array.from(this.#known.values(), ({ problem }) => problem);
  }

  /** @param hasFormer a version serves on in its place */
  async attempt(
    model: string,
    role: ServedRole,
    swap: () => Promise<void>,
    hasFormer: () => boolean = () => false,
  ): Promise<void> {
    const key = JSON.stringify([model, role]);
    const failedBefore = this.#known.get(key);
    clearTimeout(failedBefore?.retry);
    try {
      await swap();
      this.#known.delete(key);
    } catch (error) {
      const { message, remedy } = ROLES[role];
      this.logger.error({ err: error, model }, message);
      const problem = {
        subject: `${role} of ${model}`,
        message: `${(error as Error).message}${hasFormer() ? "; the former version serves on" : ""}`,
        remedy,
      };
      const afterMs = failedBefore ? Math.min(LAST_RETRY_MS, failedBefore.afterMs * 2) : FIRST_RETRY_MS;
      const retry = setTimeout(() => this.retry(model), afterMs).unref();
      this.#known.set(key, { problem, retry, afterMs });
    }
  }

  close(): void {
    for (const { retry } of this.#known.values()) clearTimeout(retry);
  }
}
