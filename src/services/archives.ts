import type { Pool } from "../db/pool.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { awaitJudgement } from "../jobs/register/await-judgement.js";
import { type ExportingParts, exportVersion } from "../jobs/register/exported-version.js";
import { type ImportingParts, importVersion } from "../jobs/register/imported-version.js";
import { ExclusiveQueue } from "../observability/exclusive-queue.js";
import { openArchive } from "../registry/archive/archive.js";
import type { EventHub } from "../registry/event-hub.js";
import { ModelStore } from "../registry/model-store.js";
import type { ArchiveService } from "./model-services.js";

/** Versions on their way from one deployment to another. Each is held in memory, so one at a time. */
export class Archives implements ArchiveService {
  readonly #turns = new ExclusiveQueue("archives of versions");

  constructor(
    private readonly pool: Pool,
    private readonly parts: ExportingParts & ImportingParts,
    private readonly events: Pick<EventHub, "follow">,
    private readonly mostWaitMs: number,
  ) {}

  async export(model: string, version: number) {
    const found = await new ModelStore(this.pool).findJudged(model, version);
    if (!found) throw new ModelNotFoundError(model, version);
    return this.#turns.run(() => exportVersion(this.parts, found));
  }

  async import(
    bytes: Buffer,
    asked: { asOf: string | null },
    actor: string,
    permit: (model: string) => void,
  ) {
    const { isNew, archive, signedBy, ...version } = await this.#turns.run(async () => {
      const opened = await openArchive(bytes, this.parts.keys);
      const { archive, signedBy, manifest } = opened;
      permit(manifest.version.model);
      return { ...(await importVersion(this.parts, opened, asked, actor)), archive, signedBy };
    });
    const waitMs = isNew ? this.mostWaitMs : 0;
    const judged = await awaitJudgement(this.pool, this.events, version, waitMs);
    return { isNew, archive, signedBy, version: judged };
  }
}
