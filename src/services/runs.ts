import type { Pool } from "../db/pool.js";
import { QuarantineStore } from "../ingest/quarantine-store.js";
import type { EventHub } from "../registry/event-hub.js";
import { pagePoints } from "../registry/metric-points.js";
import { findInputs } from "../registry/run-inputs.js";
import { RunLists } from "../registry/run-lists.js";
import { RunStore } from "../registry/run-store.js";
import { type RunSearchRequest, searchRuns } from "../registry/search/run-search.js";
import type { RunService } from "./run-services.js";

/** Runs as they are stored, with their events as they come and the rows that they kept out. */
export class Runs extends RunStore implements RunService {
  readonly #lists: RunLists;
  readonly #quarantine: QuarantineStore;

  constructor(
    private readonly connections: Pool,
    private readonly hub: EventHub,
  ) {
    super(connections);
    this.#lists = new RunLists(connections);
    this.#quarantine = new QuarantineStore(connections);
  }

  list(...of: Parameters<RunService["list"]>) {
    return this.#lists.list(...of);
  }

  count(...of: Parameters<RunService["count"]>) {
    return this.#lists.count(...of);
  }

  inputs(runIds: readonly string[]) {
    return findInputs(this.connections, runIds);
  }

  pagePoints(runId: string, name: string, first: number, after: string | null) {
    return pagePoints(this.connections, runId, name, first, after);
  }

  search(request: RunSearchRequest) {
    return searchRuns(this.connections, request);
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
