import { setTimeout as delay } from "node:timers/promises";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment, Entity, FeatureView } from "../definitions/language/deployment.js";
import { entityOf, entitySourceOf } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { personalColumns } from "../definitions/language/personal.js";
import { BadUserInputError, ConflictError, ValidationFailedError } from "../errors/errors.js";
import { ErasedKeys } from "../features/erasure/kept-out.js";
import type { OnlineCopyQueue } from "../features/online/online-copy-queue.js";
import type { PushOutcome } from "../features/push-merge.js";
import { unknownUsers, writePushes } from "../features/push-store.js";
import { type AskedRow, PushCheck, type PushViolation } from "./push-check.js";

export interface PushRequest {
  view: string;
  rows: readonly AskedRow[];
  actor: string;
}

export interface PushReport {
  view: string;
  /** In the order of the call's rows. */
  outcomes: { key: string; asOf: string; outcome: PushOutcome }[];
  /** Rows that were taken although an expectation of severity WARNING, or one with `mostly`, does not hold. */
  warnings: PushViolation[];
}

const LISTED = 20;
const ATTEMPTS = 20;
const PAUSE_MS = 100;
/** A lock that was not had in time, and a deadlock: both end when a materialization does. */
const MET_ANOTHER = ["55P03", "40P01"];

/** Takes fresh values of one view between its extracts: all rows of a call or none. */
export class PushService {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly queue: OnlineCopyQueue,
    private readonly now: () => Date = () => new Date(),
    /** Each waits half a second for a row that a materialization inserts. */
    private readonly attempts = ATTEMPTS,
  ) {}

  /**
   * @throws {BadUserInputError} the view is unknown, or there is no row
   * @throws {ValidationFailedError} a row is not as its view and source declare, is of the future or of an unknown user;
   *   `violations` lists the first 20
   * @throws {ConflictError} the users' rows are being written by a materialization that does not end
   */
  async push({ view: name, rows, actor }: PushRequest): Promise<PushReport> {
    const view = this.#find(name);
    const entity = entityOf(this.definitions, view.source);
    if (rows.length === 0) throw new BadUserInputError("rows: at least one was expected; got none");
    const check = new PushCheck(entity.key, view, personalColumns(this.definitions));
    const violations: PushViolation[] = [];
    const read = rows.map((row, place) => check.read(row, place, violations));
    this.#refuseFuture(rows, violations);
    refuse(entity, view, violations);
    let warnings: PushViolation[] = [];
    const { outcomes, queued, keys } = await this.#retrying(view, async (tx) => {
      const keptOut = await ErasedKeys.hold(tx);
      const isErased = rows.map(({ key }) => keptOut.has(entity, key));
      const taken = rows.flatMap((_, place) => (isErased[place] ? [] : [place]));
      const asked = taken.map((place) => rows[place]!);
      const keys = [...new Set(asked.map(({ key }) => key))];
      await this.#refuseUnknown(tx, view, rows, keys);
      const pushed = taken.map((place) => read[place]!);
      const merged = await writePushes(tx, this.definitions, view, pushed, actor, (whole) => {
        const found = check.checkWhole(whole, asked);
        refuse(entity, view, found.violations.map(inCall));
        warnings = found.warnings.map(inCall);
      });
      const outcomes = rows.map(({ key, asOf }, place) => ({
        ...{ key, asOf },
        outcome: isErased[place] ? ("ERASED" as const) : merged[taken.indexOf(place)]!.outcome,
      }));
      return { outcomes, queued: await this.queue.add(tx, keys), keys };

      function inCall(violation: PushViolation): PushViolation {
        return { ...violation, row: taken[violation.row]! };
      }
    });
    await this.queue.bring(queued, keys);
    return { view: name, outcomes, warnings };
  }

  #find(name: string): FeatureView {
    const { views } = this.definitions;
    const view = views.find((each) => each.name === name);
    if (view?.source.computedFrom) {
      const { source } = view.source.computedFrom;
      throw new BadUserInputError(
        `view ${name}: it is computed from ${source.name}; deliver the events there, no value of it can be pushed`,
        { argument: "view" },
      );
    }
    if (view) return view;
    throw new BadUserInputError(
      `view: ${JSON.stringify(name)} is not declared; take one of ${views.map((each) => each.name).join(", ")}`,
      { argument: "view" },
    );
  }

  /** A date that has not come would be served for good: the guard keeps out every extract before it. */
  #refuseFuture(rows: readonly AskedRow[], violations: PushViolation[]): void {
    const today = this.now().toISOString().slice(0, 10);
    rows.forEach(({ key, asOf }, row) => {
      if (asOf <= today) return;
      const rule = `must not be after today, ${today} in UTC`;
      violations.push({ row, key, column: "as_of", value: asOf, expectation: "date_between", rule });
    });
  }

  async #refuseUnknown(
    tx: Client,
    view: FeatureView,
    rows: readonly AskedRow[],
    keys: readonly string[],
  ): Promise<void> {
    const unknown = await unknownUsers(tx, this.definitions, view, keys);
    if (unknown.size === 0) return;
    const entity = entityOf(this.definitions, view.source);
    const rule = `must be ${entityNames(entity).aWord} of ${entitySourceOf(this.definitions, entity).name}: ingest an extract that has it`;
    const violations = rows.flatMap(({ key }, row): PushViolation[] => {
      if (!unknown.has(key)) return [];
      return [{ row, key, column: entity.key, value: key, expectation: "known_entity", rule }];
    });
    refuse(entity, view, violations);
  }

  async #retrying<T>(view: FeatureView, work: (tx: Client) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await withTransaction(this.pool, work);
      } catch (error) {
        if (!MET_ANOTHER.includes((error as { code?: string }).code ?? "")) throw error;
        if (attempt === this.attempts) {
          throw new ConflictError(
            `view ${view.name}: the rows are being written by a materialization; nothing was pushed, push again when it has ended`,
            { view: view.name },
          );
        }
        await delay(PAUSE_MS);
      }
    }
  }
}

function refuse(entity: Entity, { name }: FeatureView, violations: readonly PushViolation[]): void {
  const first = violations[0];
  if (!first) return;
  const { row, key, column, value, rule, expectation } = first;
  const { words, field, keyInJson } = entityNames(entity);
  const of = column === null ? "values" : `column ${column}`;
  const more = violations.length > 1 ? ` ${violations.length - 1} more: extensions.violations.` : "";
  const listed = violations
    .slice(0, LISTED)
    .map(({ row, key, ...violation }) => ({ row, [field]: keyInJson(key), ...violation }));
  throw new ValidationFailedError(
    `push to ${name}: rows[${row}], ${words} ${JSON.stringify(key)}, ${of}: ${value ?? "null"} ${rule} (${expectation}). Nothing was pushed.${more}`,
    { view: name, violationCount: violations.length, violations: listed },
  );
}
