import type { Pool } from "../../db/pool.js";
import type { PartsByName } from "../../db/snapshots/snapshot-parts.js";
import type { Deployment, Source } from "../../definitions/language/deployment.js";
import { entityOf, isEntitySource, linksOf } from "../../definitions/language/entities.js";
import { isEventSource } from "../../definitions/language/windows/event-source.js";
import { ErasedKeys } from "../../features/erasure/kept-out.js";
import { ExpectationTally, type TallyState } from "../../ingest/expectation-tally.js";
import { keepOut, type Quarantine } from "../../ingest/quarantine.js";
import { createUnfitTable, mayQuarantine, UnfitRows } from "../../ingest/quarantine-notes.js";
import { keepDeliveredRows } from "../../ingest/quarantined-lines.js";
import { checkDeclaredAggregates, checkSets } from "../../ingest/set-checks.js";
import { type DeliveredFile, deliveredName, type FileReader } from "../../ingest/sources/source-scheme.js";
import { stageFile } from "../../ingest/stage-file.js";
import { createLiveStandIn, createPartStandIn, stagedRows } from "../../ingest/staging.js";
import type { StepContext } from "../run-kind.js";

export interface Staged {
  tally: TallyState;
  rows: Record<string, number>;
}

/** What validation left to be published, and what it keeps out. */
export interface Validated {
  rows: Record<string, number>;
  quarantine: Quarantine;
  /** Rows of each source that were passed over because their person was erased; absent: none. */
  erased?: Record<string, number>;
}

/** The files of one run in its staging tables, and again where the tables were lost. */
export class StagedDelivery {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly runId: string,
    private readonly reader: FileReader,
    private readonly files: readonly DeliveredFile[],
    /** What stands in for sources whose files need not be read again. */
    private readonly kept: PartsByName = new Map(),
  ) {}

  async stage(step: StepContext): Promise<Staged> {
    const { files, runId } = this;
    const names = files.map((file) => [file.source, deliveredName(file)] as const);
    const tally = new ExpectationTally(this.definitions, new Map(names));
    const unfit = mayQuarantine(this.definitions) ? new UnfitRows(this.pool, runId) : null;
    if (unfit) await createUnfitTable(this.pool, runId);
    tally.onUnfit = unfit?.note ?? null;
    const total = files.reduce((sum, file) => sum + file.bytes, 0);
    const startedAt = performance.now();
    const rows: Record<string, number> = {};
    const keptOut = await ErasedKeys.read(this.pool);
    let bytes = 0;
    let before = 0;
    for (const source of inOrder(this.definitions)) {
      const file = files.find((candidate) => candidate.source === source.name);
      if (!file) {
        const part = this.kept.get(source.name);
        if (part) await createPartStandIn(this.pool, this.definitions, runId, source, part);
        else if (!isEventSource(source)) await createLiveStandIn(this.pool, this.definitions, runId, source);
        continue;
      }
      const onBytes = (count: number, rowsOfFile: number) => {
        bytes += count;
        if (before + rowsOfFile === 0) return;
        const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
        const rowsPerSecond = Math.round((before + rowsOfFile) / seconds);
        const message = `${source.name}: ${before + rowsOfFile} rows staged, ${rowsPerSecond} rows/s`;
        step.progress(bytes / total, message, { rows: before + rowsOfFile, rowsPerSecond });
      };
      const client = await this.pool.connect();
      let broken: Error | boolean = false;
      try {
        const hooks = { onBytes, signal: step.signal, unfit, keptOut };
        rows[source.name] = await stageFile(
          client,
          this.definitions,
          runId,
          source,
          this.reader,
          file,
          tally,
          hooks,
        );
      } catch (error) {
        broken = true; // a COPY that was cut off leaves the connection mid-protocol
        throw error;
      } finally {
        client.release(broken);
      }
      before += rows[source.name]!;
    }
    await unfit?.flush();
    await step.log(`staged ${before} rows of ${files.length} files`, { rows });
    return { tally: tally.toState(), rows };
  }

  /** Staging tables are unlogged: a crash of the server empties them, which no checkpoint knows. */
  async stageAgainIfLost(expected: Record<string, number>, step: StepContext): Promise<boolean> {
    for (const source of this.definitions.sources) {
      if (expected[source.name] === undefined) continue;
      const rows = await stagedRows(this.pool, this.runId, source);
      if (rows === expected[source.name]) continue;
      await step.log("staging is not what it was left as; staging again");
      await this.stage(step);
      return true;
    }
    return false;
  }

  async settleAgainIfLost(staged: Staged, { rows, quarantine }: Validated, step: StepContext): Promise<void> {
    if (!(await this.stageAgainIfLost(rows, step))) return;
    const tally = ExpectationTally.from(this.definitions, staged.tally);
    await this.settle(tally);
    await this.keepDelivered(quarantine, step);
  }

  /** Checks the expectations over all rows, and removes from staging the rows for quarantine. */
  async settle(tally: ExpectationTally): Promise<Quarantine> {
    const { runId } = this;
    await checkSets(this.pool, this.definitions, runId, tally);
    const quarantine = mayQuarantine(this.definitions)
      ? await keepOut(this.pool, this.definitions, runId, tally)
      : { rows: {}, rules: [] };
    await checkDeclaredAggregates(this.pool, this.definitions, runId, tally);
    return quarantine;
  }

  /** Copies the delivered lines of what is kept out, as they are in the files. */
  async keepDelivered(quarantine: Quarantine, step: StepContext): Promise<void> {
    const { files, runId } = this;
    if (Object.keys(quarantine.rows).length === 0) return;
    await keepDeliveredRows(this.pool, this.definitions, runId, this.reader, files, quarantine, step.signal);
  }
}

/** Whose rows say what belongs to whom come first, a person's before those of what belongs to them. */
function inOrder(deployment: Deployment): Source[] {
  const depth = (source: Source) =>
    isEntitySource(deployment, source) ? linksOf(deployment, entityOf(deployment, source)).length : Infinity;
  return [...deployment.sources].sort((a, b) => {
    const [left, right] = [depth(a), depth(b)];
    return left === right ? 0 : left - right;
  });
}
