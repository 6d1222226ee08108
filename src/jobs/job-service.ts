import type { PersonalColumns } from "../definitions/language/personal.js";
import { BadUserInputError } from "../errors/errors.js";
import { type FieldLabel, parseInput, under } from "../inputs/parse-input.js";
import type { Run } from "../registry/run.js";
import type { Dispatcher } from "./engine/dispatcher.js";
import { type ExecutedKind, type PinningParts, schedulableKinds, type WrittenWithRun } from "./run-kind.js";

/** What a schedule starts: a kind of run, and its request, with placeholders. */
export interface JobRequest {
  kind: string;
  params: Record<string, unknown>;
}

/** Starts, cancels and retries runs, by the records of their kinds. */
export class JobService {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly on: PinningParts,
  ) {}

  /**
   * Validates the request, pins the snapshots and versions that decide the outcome, and queues the run.
   * @param place how a field is called where it was sent, for errors
   * @param masked what whoever asks may not see; null: they see all
   * @throws {UnknownNameError} no kind has the name; {BadUserInputError} a field is missing, unknown or cannot be used
   * @throws what the kind's `pin` throws
   */
  async start(
    kind: string,
    request: Record<string, unknown>,
    actor: string,
    place: FieldLabel = fields,
    masked: PersonalColumns | null = null,
  ): Promise<Run> {
    const record = this.#executed(kind);
    const beside: WrittenWithRun[] = [];
    const withRun = (write: WrittenWithRun) => void beside.push(write);
    const params = await record.pin(this.#parse(record, request, place), { ...this.on, masked, withRun });
    return this.dispatcher.start(record, params as Record<string, unknown>, actor, async (tx) => {
      for (const write of beside) await write(tx);
    });
  }

  /**
   * Whether a schedule can start the task.
   * @param task its placeholders filled in
   * @throws {BadUserInputError} the kind cannot be scheduled; a field is missing, unknown or cannot be used
   */
  checkTask({ kind, params }: JobRequest): void {
    const record = this.on.kinds.find(kind);
    if (record?.executed === "here" && record.schedulable) {
      this.#parse(record, params, scheduled);
      return;
    }
    throw new BadUserInputError(
      `kind: ${kind} runs cannot be scheduled; take one of ${schedulableKinds(this.on.kinds).join(", ")}`,
      { kind },
    );
  }

  /** As a schedule does when it comes due. @throws what `checkTask` and `start` throw */
  async startTask({ kind, params }: JobRequest, actor: string): Promise<Run> {
    this.checkTask({ kind, params });
    return this.start(kind, params, actor, scheduled);
  }

  cancel(runId: string, actor: string): Promise<Run> {
    return this.dispatcher.cancel(runId, actor);
  }

  retry(runId: string, actor: string): Promise<Run> {
    return this.dispatcher.retry(runId, actor);
  }

  #executed(kind: string): ExecutedKind {
    const record = this.on.kinds.get(kind);
    if (record.executed === "here") return record;
    throw new BadUserInputError(`kind: ${kind} runs are written by clients; asof executes none`, { kind });
  }

  #parse(record: ExecutedKind, request: Record<string, unknown>, place: FieldLabel): unknown {
    return parseInput(record.request(this.on.definitions), request, place);
  }
}

const fields: FieldLabel = (path) => path.map(String).join(".") || "the request";
const scheduled = under("params");
