import type { Pool } from "../db/pool.js";
import { Dispatcher, type RunClient } from "../jobs/engine/dispatcher.js";
import { ExternalRuns } from "../registry/external-runs.js";
import { annotateRun, type RunChange } from "../registry/run-annotations.js";
import { deleteRun } from "../registry/run-deletion.js";
import type { ModelRegistration, RegisterRequest } from "../serving/register-model.js";
import type { TrackingService } from "./services.js";

/** What clients write: runs made elsewhere and their models, and what people add to any run. */
export class Tracking extends ExternalRuns implements TrackingService {
  constructor(
    private readonly connections: Pool,
    private readonly registration: ModelRegistration,
    private readonly client: RunClient,
  ) {
    super(connections);
  }

  register(request: RegisterRequest, actor: string) {
    return this.registration.register(request, actor);
  }

  heldOut(request: Parameters<TrackingService["heldOut"]>[0]) {
    return this.registration.heldOut(request);
  }

  annotate(runId: string, change: RunChange, actor: string) {
    return annotateRun(this.connections, runId, change, actor);
  }

  delete(runId: string) {
    const { connections, client } = this;
    return deleteRun(connections, runId, (attempts) =>
      new Dispatcher(connections, client).forget(runId, attempts),
    );
  }
}
