import { setTimeout as delay } from "node:timers/promises";
import type { Balancer } from "./balancer.js";
import type { TestProcess } from "./process.js";

export interface Outcome {
  via: "graphql" | "rest";
  from: TestProcess;
  sentAt: number;
  answeredAt: number;
  /** Who answered it; null where it was refused. */
  version: number | null;
  /** `ok`, or the error's code. */
  outcome: string;
  /** Whose connections broke before it was answered. */
  broken: TestProcess[];
}

/** Between a client's answer and its next request. */
const PACE_MS = 15;

/** Clients that ask for predictions through a balancer all the time, by GraphQL and REST in turn, and keep what they got. */
export class PredictLoad {
  readonly outcomes: Outcome[] = [];
  /** What was not answered at all. */
  readonly unanswered: Error[] = [];
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly balancer: Balancer,
    private readonly userId: string,
    clients: number,
  ) {
    this.#clients = Array.from({ length: clients }, (_, index) => this.#ask(index));
  }

  /** Every request is answered when it resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  /** One request, of `only` where it is given. */
  async ask(via: Outcome["via"], only?: TestProcess): Promise<Outcome> {
    const asked = await (via === "graphql"
      ? this.balancer.post(
          "/graphql",
          { query: `{ predict(userId: "${this.userId}") { modelVersion { version } } }` },
          only,
        )
      : this.balancer.post("/predict", { user_id: this.userId }, only));
    const { body, status, ...where } = asked;
    const version: number | null =
      (via === "graphql" ? body.data?.predict?.modelVersion.version : body.model?.version) ?? null;
    const code = via === "graphql" ? body.errors?.[0].extensions.code : body.error?.code;
    // The status says the same as the body.
    const isTold = status === 200 || (status === 503 && code === "SERVICE_UNAVAILABLE");
    const outcome = !isTold ? `${status} ${code}` : version === null ? code : "ok";
    this.outcomes.push({ ...where, via, version, outcome });
    return this.outcomes.at(-1)!;
  }

  of(one: TestProcess): Outcome[] {
    return this.outcomes.filter(({ from }) => from === one);
  }

  /** What was asked since a moment of `performance.now()`. */
  since(from: number): Outcome[] {
    return this.outcomes.filter(({ sentAt }) => sentAt >= from);
  }

  async #ask(index: number): Promise<void> {
    for (let turn = index; !this.#stopped; turn++) {
      await this.ask(turn % 2 === 0 ? "graphql" : "rest").catch((error) => this.unanswered.push(error));
      await delay(PACE_MS);
    }
  }
}
