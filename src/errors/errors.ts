/**
 * Every failure a client can meet. `code` is public and stable (`extensions.code` in GraphQL,
 * `error.code` over HTTP); the message says what failed, which one, what was got and what to do.
 * Anything that is not an `AsofError` is masked to clients and logged with its cause.
 */
export const ERROR_CODES = [
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "FEATURES_MISSING",
  "PREDICTION_FAILED",
  "MODEL_NOT_FOUND",
  "NO_PRODUCTION_MODEL",
  "MODEL_NOT_SERVABLE",
  "SNAPSHOT_NOT_FOUND",
  "SOURCE_NOT_FOUND",
  "SOURCE_UNREADABLE",
  "VALIDATION_FAILED",
  "GATE_FAILED",
  "RUN_NOT_FOUND",
  "RUN_NOT_CANCELLABLE",
  "EXPERIMENT_NOT_FOUND",
  "SCHEDULE_NOT_FOUND",
  "ALERT_NOT_FOUND",
  "ARTIFACT_NOT_FOUND",
  "CONFLICT",
  "DROPPED",
  "ERASED",
  "QUERY_TOO_COMPLEX",
  "RATE_LIMITED",
  "PROCESS_DIED",
  "COMMAND_FAILED",
  "REQUEST_TIMEOUT",
  "CLIENT_CLOSED_REQUEST",
  "SERVICE_UNAVAILABLE",
  "SERVICE_BUSY",
  "INTERNAL_SERVER_ERROR",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export class AsofError extends Error {
  /** Of the fields in `details` those that are a column's value, with the column's name, which JSON over HTTP uses. */
  columns: Readonly<Record<string, string>> = {};

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Further public fields, sent beside the code. */
    readonly details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class BadUserInputError extends AsofError {
  constructor(message: string, details?: Record<string, unknown>) {
    super("BAD_USER_INPUT", message, details);
  }
}

/** What an entity is called, as `entityNames` gives it. */
export interface NamedEntity {
  /** In messages: "customer". */
  readonly words: string;
  /** Its key in GraphQL: "customerId". */
  readonly field: string;
  /** Its key in tables, files and JSON: "customer_id". */
  readonly column: string;
  /** A key as JSON has it. */
  readonly keyInJson: (key: string) => unknown;
}

/** About one entity: its key is among the details, under the name that the deployment has for it. */
export class EntityError extends AsofError {
  constructor(
    code: ErrorCode,
    message: string,
    entity: NamedEntity,
    readonly key: string,
    details: Record<string, unknown>,
  ) {
    const { field, column } = entity;
    super(code, message, { [field]: entity.keyInJson(key), ...details });
    this.columns = { [field]: column };
  }
}

export class FeaturesMissingError extends EntityError {
  readonly missingFeatures: string[];

  /** @param isUnknown no delivery ever named the key */
  constructor(
    entity: NamedEntity,
    key: string,
    missing: readonly string[],
    { isUnknown }: { isUnknown: boolean } = { isUnknown: false },
  ) {
    const { words, column } = entity;
    const quoted = JSON.stringify(key);
    super(
      "FEATURES_MISSING",
      isUnknown
        ? `unknown ${words} ${quoted}: no delivery that was ingested holds it; check its ${column}, or ingest one that does`
        : `${words} ${quoted} has no usable value for ${missing.length} feature(s): ` +
            `${missing.join(", ")}; ingest a delivery that holds this ${words}, or ask about another date`,
      entity,
      key,
      { missingFeatures: missing },
    );
    this.missingFeatures = [...missing];
  }
}

export class ModelNotFoundError extends AsofError {
  constructor(model: string, version?: number) {
    super(
      "MODEL_NOT_FOUND",
      version === undefined
        ? `no model is named ${JSON.stringify(model)}; query { models { name } } lists them`
        : `model ${JSON.stringify(model)} has no version ${version}; query { model(name: ${JSON.stringify(model)}) { versions { version } } } lists them`,
      { model, version },
    );
  }
}

export class NoProductionModelError extends AsofError {
  /** @param asOf the past date that was asked about; absent: now */
  constructor(
    model: string,
    readonly asOf?: string,
  ) {
    super(
      "NO_PRODUCTION_MODEL",
      `model ${JSON.stringify(model)} ${asOf ? `had no version in Production on ${asOf}` : "has no version in Production"}; ` +
        (asOf ? "name a version, or ask about a later date" : "train one and promote it"),
      { model, asOf },
    );
  }
}

export class SnapshotNotFoundError extends AsofError {
  constructor(asOf: string, revision?: number) {
    super(
      "SNAPSHOT_NOT_FOUND",
      `no snapshot as of ${asOf}${revision === undefined ? "" : `, revision ${revision}`}; ` +
        "ingest that month first; query { snapshots { nodes { asOf revision } } } lists what there is",
      { asOf, revision },
    );
  }
}

export class SourceNotFoundError extends AsofError {
  constructor(source: string, missing: string) {
    super("SOURCE_NOT_FOUND", `source ${JSON.stringify(source)}: ${missing}`, { source });
  }
}

/** Where data comes from refuses, is away, or is asked for what it does not have. No credentials are in its message. */
export class SourceUnreadableError extends AsofError {
  constructor(message: string, details?: Record<string, unknown>) {
    super("SOURCE_UNREADABLE", message, details);
  }
}

export class ValidationFailedError extends AsofError {
  constructor(message: string, details?: Record<string, unknown>) {
    super("VALIDATION_FAILED", message, details);
  }
}

export interface FailedGate {
  name: string;
  passed: boolean;
  message: string;
}

export class GateFailedError extends AsofError {
  constructor(
    model: string,
    version: number,
    readonly gates: FailedGate[],
  ) {
    const failed = gates.filter((gate) => !gate.passed).map((gate) => `${gate.name}: ${gate.message}`);
    super(
      "GATE_FAILED",
      `version ${version} of ${JSON.stringify(model)} was not promoted; ${failed.join("; ")}; ` +
        "promote another version, or use force with a reason",
      { model, version, gates },
    );
  }
}

export class RunNotFoundError extends AsofError {
  constructor(id: string) {
    super(
      "RUN_NOT_FOUND",
      `no run has the id ${JSON.stringify(id)}; query { runs { nodes { id } } } lists them`,
      { id },
    );
  }
}

export class RunNotCancellableError extends AsofError {
  constructor(id: string, status: string) {
    const reason =
      status === "RUNNING"
        ? "has done what it came for and only finishes"
        : `is ${status}; only QUEUED and RUNNING runs can be cancelled`;
    super("RUN_NOT_CANCELLABLE", `run ${id} ${reason}`, { id, status });
  }
}

export class ArtifactNotFoundError extends AsofError {
  constructor(sha256: string) {
    super("ARTIFACT_NOT_FOUND", `no artifact has the sha256 ${JSON.stringify(sha256)}`, { sha256 });
  }
}

export class ConflictError extends AsofError {
  constructor(message: string, details?: Record<string, unknown>) {
    super("CONFLICT", message, details);
  }
}
