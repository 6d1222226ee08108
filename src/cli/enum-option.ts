import type { BuiltInRunKind } from "../jobs/run-kinds.js";
import type { Stage } from "../registry/model.js";
import type { RunStatus } from "../registry/run.js";
import { learners } from "../training/learners/registry.js";
import { UsageError } from "./command.js";

/** What each option takes; a value that is missing here does not compile. */
const VALUES = {
  algorithm: learners.names(),
  stage: namesOf<Stage>({ PRODUCTION: true, STAGING: true, ARCHIVED: true, NONE: true }),
  status: namesOf<RunStatus>({ QUEUED: true, RUNNING: true, SUCCEEDED: true, FAILED: true, CANCELLED: true }),
  kind: namesOf<BuiltInRunKind>({
    INGEST: true,
    MATERIALIZE: true,
    TRAIN: true,
    TRAIN_AND_COMPARE: true,
    REPRODUCE: true,
    TUNE: true,
    VERIFY_PARITY: true,
    DRIFT: true,
    EXTERNAL: true,
    EXPORT: true,
    WITHDRAW: true,
  }),
};

function namesOf<T extends string>(all: Record<T, true>): readonly string[] {
  return Object.keys(all);
}

/**
 * An enum's value, typed in any case and with dashes.
 * @throws {UsageError} it is none of the option's
 */
export function enumOption(option: keyof typeof VALUES, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const value = text.toUpperCase().replaceAll("-", "_");
  if (VALUES[option].includes(value)) return value;
  throw new UsageError(
    `--${option} ${JSON.stringify(text)}: expected is one of ${VALUES[option].map(typed).join(", ")}`,
  );
}

/** As it is typed. */
const typed = (value: string): string => value.toLowerCase().replaceAll("_", "-");
