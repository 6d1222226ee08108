import type { Pool } from "../db/pool.js";
import { Dispatcher, type RunClient } from "../jobs/engine/dispatcher.js";
import { awaitJudgement } from "../jobs/register/await-judgement.js";
import type { ModelRegistration, RegisterRequest } from "../jobs/register/registrations.js";
import type { EventHub } from "../registry/event-hub.js";
import { ExternalRuns } from "../registry/external-runs.js";
import { annotateRun, type RunChange } from "../registry/run-annotations.js";
import { deleteRun } from "../registry/run-deletion.js";
import { applyRunRetention, type RunRetentionRequest } from "../registry/run-retention.js";
import type { TrackingService } from "./run-services.js";

/** What clients write: runs made elsewhere and their models, and what people add to any run. */
export class Tracking extends ExternalRuns implements TrackingService {
  constructor(
    private readonly connections: Pool,
    private readonly registration: ModelRegistration,
    private readonly client: RunClient,
    private readonly events: EventHub,
    /** How long a registration is waited for at most: its client is answered before its request is given up. */
    private readonly mostWaitMs: number,
  ) {
    super(connections);
  }

  async register(request: RegisterRequest, actor: string, waitMs = this.mostWaitMs) {
    const asked = await this.registration.ask(request, actor);
    return awaitJudgement(this.connections, this.events, asked, Math.min(waitMs, this.mostWaitMs));
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

  applyRetention(request: RunRetentionRequest) {
    return applyRunRetention(this.connections, request, (runId) => this.delete(runId));
  }
}
