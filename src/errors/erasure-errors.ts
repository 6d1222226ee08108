import { AsofError, EntityError, type NamedEntity } from "./errors.js";

/** Nothing that could be erased is kept under the key. */
export class NothingToEraseError extends EntityError {
  constructor(entity: NamedEntity, key: string) {
    super(
      "BAD_USER_INPUT",
      `unknown ${entity.words} ${JSON.stringify(key)}: nothing is kept of it, so there is nothing to erase; check its ${entity.column}`,
      entity,
      key,
      { argument: entity.field },
    );
  }
}

/** Nothing keeps the key out. */
export class NotErasedError extends EntityError {
  constructor(entity: NamedEntity, key: string) {
    super(
      "BAD_USER_INPUT",
      `${entity.words} ${JSON.stringify(key)} is not kept out by an erasure, so there is nothing to lift; check its ${entity.column}`,
      entity,
      key,
      { argument: entity.field },
    );
  }
}

/** The run read rows that were erased since: they are gone on purpose, and nobody can do it again. */
export class RowsErasedError extends AsofError {
  constructor(
    readonly runId: string,
    readonly rows: number,
  ) {
    super(
      "ERASED",
      `run ${runId} was trained from ${rows} ${rows === 1 ? "row that was" : "rows that were"} erased since: it cannot be done again; train anew`,
      { runId, rows },
    );
  }
}
