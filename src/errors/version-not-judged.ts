import { ConflictError } from "./errors.js";

/** What is asked of the version needs what was measured of it. */
export class VersionNotJudgedError extends ConflictError {
  constructor(of: {
    readonly model: string;
    readonly version: number;
    readonly status: string;
    readonly statusMessage: string | null;
    readonly judgedBy: string | null;
  }) {
    const { model, version, status, judgedBy } = of;
    super(`version ${version} of ${JSON.stringify(model)} ${whyNot(of)}`, {
      model,
      version,
      status,
      judgedBy,
    });
  }
}

function whyNot({
  status,
  statusMessage,
  judgedBy,
}: {
  readonly status: string;
  readonly statusMessage: string | null;
  readonly judgedBy: string | null;
}): string {
  if (judgedBy === null) return "is only kept: asof has no file of it that can be judged and served";
  if (status === "PENDING") return `is not judged yet; follow run ${judgedBy}, then ask again`;
  return `is FAILED: ${statusMessage ?? "it was not judged"}; register another file`;
}
