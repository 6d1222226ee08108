import type { Pool } from "../db/pool.js";
import { QuarantineStore } from "../ingest/quarantine-store.js";
import type { EventHub } from "../registry/event-hub.js";
import { RunStore } from "../registry/run-store.js";
import type { RunService } from "./services.js";

/** Runs as they are stored, with their events as they come and the rows that they kept out. */
export class Runs extends RunStore implements RunService {
  readonly #quarantine: QuarantineStore;

  constructor(
    pool: Pool,
    private readonly hub: EventHub,
  ) {
    super(pool);
    this.#quarantine = new QuarantineStore(pool);
  }

  follow(...of: Parameters<RunService["follow"]>) {
    return this.hub.follow(...of);
  }

  quarantined(...of: Parameters<RunService["quarantined"]>) {
    return this.#quarantine.list(...of);
  }

  countQuarantined(...of: Parameters<RunService["countQuarantined"]>) {
    return this.#quarantine.count(...of);
  }
}
