import { z } from "zod";
import { type Client, withTransaction } from "../../db/pool.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import { personalColumns } from "../../definitions/language/personal.js";
import { BadUserInputError, ConflictError } from "../../errors/errors.js";
import { type Erasure, eraseCurrent, erasePart, partsOf } from "../../features/erasure/erase-rows.js";
import { OnlineCopyQueue } from "../../features/online/online-copy-queue.js";
import { sweepStaging } from "../../ingest/staging.js";
import { askedKey } from "../../inputs/asked-key.js";
import { parseKey, requireEntity } from "../../inputs/entity-key.js";
import { entityKey, name, reason } from "../../inputs/fields.js";
import { removeAllLeft } from "../../registry/files/artifact-objects.js";
import { eraseLakeStep } from "../lake-step.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { blankAudit } from "./blank-audit.js";
import { cleanPages, qualified, touchedTables } from "./clean-pages.js";
import { eraseDerived } from "./erase-derived.js";
import { eraseFiles, scrubParity } from "./erase-files.js";
import { eraseKeyed } from "./erase-keyed-files.js";
import { eraseOutcome } from "./erase-outcome.js";
import { reportErasure } from "./erase-report.js";
import { type Mentioned, mentionOf } from "./mention.js";
import { scrubRuns } from "./scrub-runs.js";
import { scrubTexts } from "./scrub-texts.js";

const params = z.object({
  request: z.string().describe("What the key is kept under until the run has succeeded."),
  reason: z.string(),
});
type EraseParams = z.infer<typeof params>;

/** Erases a person. The key is in none of the run's own parameters, steps, messages and results. */
export const eraseKind = runKind({
  name: "ERASE",
  description: "Erases a person.",
  /** With what publishes and materializes: no delivery is half in while its person is looked for. */
  queue: "asof_data",
  schedulable: false,
  fillsOnlineStore: false,
  holds: "nothing",
  mutation: {
    name: "eraseUser",
    description:
      "Erases a user: live, online, pushed, quarantined and logged values and every snapshot row, in one run. Snapshots keep\n" +
      "their hash and still verify: an erased row leaves its own hash and the erasure's id, nothing else. Files that were made of the\n" +
      "rows are deleted; deliveries and pushes of the key are passed over until liftErasure. The run's outcome says how far it\n" +
      "reached and what stays outside.",
    role: "admin",
    input: null,
    beside: [],
  },
  request: () =>
    z.strictObject({
      userId: entityKey(),
      reason: reason(),
      entity: name()
        .nullish()
        .describe("Whose key it is, where there are several entities; of the first service unless given."),
    }),
  params,
  pin: async ({ userId, reason, entity }, { erasures, definitions, withRun }): Promise<EraseParams> => {
    if (reason.trim() === "")
      throw new BadUserInputError("reason: say why the person is erased; it is empty");
    const asked = askedKey(definitions, userId);
    const of = entity ? requireEntity(definitions, entity) : asked.entity;
    const key = parseKey(of, asked.given, entityNames(of).field);
    if (mentionOf({ entity: of, key }).inText(reason))
      throw new BadUserInputError(
        "reason: it names the person, and is kept for good; name the request instead, such as its number",
      );
    const { request, keep } = await erasures.request({ entity: of, key });
    withRun(keep);
    return { request, reason };
  },
  execute: (run, on) => new Erase(run, on).execute(),
  outcome: eraseOutcome,
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

class Erase {
  constructor(
    private readonly run: RunContext<EraseParams>,
    private readonly on: Resources,
  ) {}

  /** Each step may be cut off anywhere and done again: what is gone is not found, and counted with its deletion. */
  async execute(): Promise<Result> {
    const { run, on } = this;
    const { definitions } = on;
    const { repeated } = await run.step("record", () => this.#record());
    await run.step("current", () =>
      this.#each((erasure) => this.#inTransaction((tx) => eraseCurrent(tx, definitions, erasure))),
    );
    await run.step("snapshots", (step) => this.#each((erasure) => this.#snapshots(erasure, step)));
    await run.step("online", () => this.#online());
    await run.step("derived", async () => {
      await sweepStaging(on.pool);
      await this.#each((erasure) => this.#inTransaction((tx) => eraseDerived(tx, definitions, erasure)));
    });
    await run.step("files", () => this.#files());
    await eraseLakeStep(run, on);
    await run.step("runs", (step) => this.#texts(step));
    await run.step("pages", (step) => this.#clean(step));
    return run.step("report", (step) => this.#report(repeated, step));
  }

  #record(): Promise<{ repeated: boolean }> {
    const { runId, params } = this.run;
    const { erasures } = this.on;
    return this.run.write(async (tx) => {
      const { rows } = await tx.query<{ actor: string }>("select actor from runs where id = $1", [runId]);
      const { reason, request } = params;
      const recorded = await erasures.record(tx, request, { runId, actor: rows[0]!.actor, reason });
      if ((await erasures.erasures(tx, request, runId)).length === 0) throw keyIsGone();
      return recorded;
    });
  }

  async #each(work: (erasure: Erasure) => Promise<void>): Promise<void> {
    for (const { erasure } of await this.#persons()) await work(erasure);
  }

  /** @throws {ConflictError} the keys are gone: another run of the same person has done everything */
  async #persons(): Promise<Mentioned[]> {
    const { runId, params } = this.run;
    const found = await this.on.erasures.erasures(this.on.pool, params.request, runId);
    if (found.length === 0) throw keyIsGone();
    return found.map((erasure) => ({ erasure, mention: mentionOf(erasure) }));
  }

  #inTransaction<T>(work: (tx: Client) => Promise<T>): Promise<T> {
    return withTransaction(this.on.pool, work);
  }

  /** A transaction a part: nobody waits for all of them. */
  async #snapshots(erasure: Erasure, step: StepContext): Promise<void> {
    const { definitions } = this.on;
    const parts = await this.#inTransaction((tx) => partsOf(tx, definitions, erasure.entity));
    for (const [done, part] of parts.entries()) {
      step.signal.throwIfAborted();
      await this.#inTransaction((tx) => erasePart(tx, erasure, part));
      step.progress((done + 1) / parts.length, part);
    }
  }

  async #online(): Promise<void> {
    await this.#each(async ({ key }) => {
      await this.#inTransaction((tx) => OnlineCopyQueue.forget(tx, [key]));
      await this.#forgetOnline(key);
    });
  }

  /** Somebody of another entity may have a key of the same text: theirs is brought again. */
  async #forgetOnline(key: string): Promise<void> {
    const { online, definitions } = this.on;
    await online.forget([key]);
    if (definitions.entities.length > 1) await online.refresh([key]);
  }

  async #files(): Promise<void> {
    const persons = await this.#persons();
    await this.#inTransaction(async (tx) => {
      // The rows are those of the run, whoever of them had one.
      await eraseFiles(tx, persons[0]!.erasure);
      await eraseKeyed(
        tx,
        this.on.definitions,
        persons.map(({ erasure }) => erasure),
      );
      await scrubParity(tx, persons);
    });
  }

  async #texts({ signal }: StepContext): Promise<void> {
    const { pool, forget, definitions } = this.on;
    const persons = await this.#persons();
    await scrubRuns({ pool, forget, signal, personal: personalColumns(definitions) }, persons);
    await this.#inTransaction((tx) => scrubTexts(tx, persons));
    await blankAudit(pool, this.run.runId, persons);
  }

  /** What was deleted leaves stores of artifacts, the pages, and the planner's statistics, which hold values, too. */
  async #clean(step: StepContext): Promise<void> {
    const { pool } = this.on;
    const objects = await removeAllLeft(pool, step.signal);
    if (objects > 0) await step.log(`${objects} files removed from where ARTIFACTS_URL keeps them`);
    const tables = await touchedTables(pool, this.run.runId);
    for (const [done, table] of tables.entries()) {
      step.signal.throwIfAborted();
      await cleanPages(pool, table);
      step.progress((done + 1) / tables.length, table);
    }
  }

  /** The last: then nothing of the keys is left but their HMACs. */
  async #report(repeated: boolean, step: StepContext): Promise<Result> {
    const { pool, erasures } = this.on;
    const { runId, params } = this.run;
    // A push that was on its way to the copy when the rows went has written it by now.
    for (const { key } of await erasures.subjects(pool, params.request)) await this.#forgetOnline(key);
    const result: Result = await this.run.writeOnce(async (tx) => {
      const mentions = (await erasures.subjects(tx, params.request)).map(mentionOf);
      await erasures.forget(tx, params.request);
      return { repeated, ...(await reportErasure(tx, runId, mentions)) };
    });
    // The keys were there when their table was last looked at.
    await cleanPages(pool, await qualified(pool, "erasure_keys"));
    const { places, outside } = result as { places: { rows: number }[]; outside: unknown[] };
    const rows = places.reduce((sum, place) => sum + place.rows, 0);
    await step.log(`erased: ${rows} rows in ${places.length} places; ${outside.length} places stay outside`);
    return result;
  }
}

const keyIsGone = () =>
  new ConflictError(
    "the key of this erasure is gone: another one of the same key has succeeded, or the run was cancelled; erase again",
  );
