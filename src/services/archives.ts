import type { Pool } from "../db/pool.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { SlowClientError } from "../errors/limit-errors.js";
import { awaitJudgement } from "../jobs/register/await-judgement.js";
import { type ExportingParts, exportVersion } from "../jobs/register/exported-version.js";
import { type ImportingParts, importVersion } from "../jobs/register/imported-version.js";
import { ExclusiveQueue } from "../observability/exclusive-queue.js";
import { openArchive } from "../registry/archive/archive.js";
import type { Chunks, Member } from "../registry/archive/tar-members.js";
import type { EventHub } from "../registry/event-hub.js";
import { ModelStore } from "../registry/model-store.js";
import type { ArchiveService, ClientPace } from "./model-services.js";

const PACE: ClientPace = { silenceMs: 15_000, wholeMs: 600_000 };

/** Versions on their way from one deployment to another. Each is held in memory, so one at a time, from its first byte to its last. */
export class Archives implements ArchiveService {
  readonly #turns = new ExclusiveQueue("archives of versions");

  constructor(
    private readonly pool: Pool,
    private readonly parts: ExportingParts & ImportingParts,
    private readonly events: Pick<EventHub, "follow">,
    private readonly mostWaitMs: number,
    readonly pace = PACE,
  ) {}

  async export(
    model: string,
    version: number,
    use: (members: readonly Member[]) => Promise<void>,
  ): Promise<void> {
    const found = await new ModelStore(this.pool).findJudged(model, version);
    if (!found) throw new ModelNotFoundError(model, version);
    return this.#turns.run(async () => use(await exportVersion(this.parts, found)));
  }

  async import(file: Chunks, asked: { asOf: string | null }, actor: string, permit: (model: string) => void) {
    const { isNew, archive, signedBy, ...version } = await this.#turns.run(async () => {
      const opened = await openArchive(inPace(file, this.pace), this.parts.keys);
      const { archive, signedBy, manifest } = opened;
      permit(manifest.version.model);
      return { ...(await importVersion(this.parts, opened, asked, actor)), archive, signedBy };
    });
    const waitMs = isNew ? this.mostWaitMs : 0;
    const judged = await awaitJudgement(this.pool, this.events, version, waitMs);
    return { isNew, archive, signedBy, version: judged };
  }
}

/** @throws {SlowClientError} others wait for their turn meanwhile */
async function* inPace(chunks: Chunks, { silenceMs, wholeMs }: ClientPace): AsyncGenerator<Uint8Array> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks.values();
  const endsAt = Date.now() + wholeMs;
  for (;;) {
    const limitMs = Math.max(0, Math.min(silenceMs, endsAt - Date.now()));
    const next = await within(limitMs, Promise.resolve(iterator.next()));
    if (next.done) return;
    yield next.value;
  }
}

function within<T>(limitMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new SlowClientError()), limitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
