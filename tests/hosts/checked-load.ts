import { setTimeout as delay } from "node:timers/promises";

/** What a user's prediction must be, for each version: known before anything is cut off. */
export interface Known {
  probability: Map<number, Map<string, number>>;
  fee: Map<string, number>;
}

export interface Predicted {
  /** The host that answered. */
  by: string;
  version: number;
  sentAt: number;
  answeredAt: number;
}

const PACE_MS = 20;
/** Longer than the balancer tries. */
const HANGS_AFTER_MS = 60_000;

/** Clients that ask the balancer for predictions all the time, and hold each answer against what it must be. */
export class CheckedLoad {
  readonly predicted: Predicted[] = [];
  readonly failures: string[] = [];
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly address: string,
    private readonly token: string,
    private readonly users: readonly string[],
    private readonly known: Known,
    clients: number,
  ) {
    this.#clients = Array.from({ length: clients }, (_, n) => this.#ask(n));
  }

  /** Every request is answered when it resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  since(from: number): Predicted[] {
    return this.predicted.filter(({ sentAt }) => sentAt >= from);
  }

  async #ask(client: number): Promise<void> {
    for (let turn = client; !this.#stopped; turn += 7) {
      const user = this.users[turn % this.users.length]!;
      const problem = await this.#predict(user).catch((error: Error) => `${error.name}: ${error.message}`);
      if (problem) this.failures.push(`${user}: ${problem}`);
      await delay(PACE_MS);
    }
  }

  /** @returns what is wrong with the answer; null: nothing */
  async #predict(user: string): Promise<string | null> {
    const sentAt = performance.now();
    const response = await fetch(`${this.address}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ user_id: user }),
      signal: AbortSignal.timeout(HANGS_AFTER_MS),
    });
    const text = await response.text();
    const took = Math.round(performance.now() - sentAt);
    const by = response.headers.get("x-served-by") ?? "nobody";
    if (response.status !== 200) return `${response.status} of ${by} after ${took} ms: ${text.slice(0, 200)}`;
    const { model, probability, features_used: features } = JSON.parse(text);
    this.predicted.push({ by, version: model.version, sentAt, answeredAt: performance.now() });
    const wanted = this.known.probability.get(model.version)?.get(user);
    if (probability !== wanted) return `version ${model.version} said ${probability}, not ${wanted}`;
    if (features.monthly_fee !== this.known.fee.get(user))
      return `monthly_fee was ${features.monthly_fee}, not ${this.known.fee.get(user)}`;
    return null;
  }
}
