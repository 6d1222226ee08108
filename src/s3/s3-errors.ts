import { SourceUnreadableError } from "../errors/errors.js";

/** What the server answered. Of its body the code alone is kept: its message may repeat what was sent, the key included. */
export class S3AnswerError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** Of a bucket that is elsewhere. */
    readonly region: string | null = null,
  ) {
    super(`S3 answered ${status} ${code}`);
    this.name = "S3AnswerError";
  }
}

/** The connection failed or ended before its answer did, or nothing came for too long. */
export class S3ConnectionError extends Error {
  constructor(readonly reason: string) {
    super(`the connection to S3 ${reason}`);
    this.name = "S3ConnectionError";
  }
}

/** An object, or what a prefix holds, is no longer what was listed. */
export class S3ChangedError extends Error {}

const SLOW_DOWN = ["SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling"];

/** What may go well the next time. */
export const mayPass = (error: unknown): boolean =>
  error instanceof S3ConnectionError ||
  (error instanceof S3AnswerError &&
    (error.status >= 500 || error.status === 429 || SLOW_DOWN.includes(error.code)));

const REMEDIES: Record<string, string> = {
  InvalidAccessKeyId: "does not know the key in AWS_ACCESS_KEY_ID; correct it where the process is started",
  SignatureDoesNotMatch:
    "refuses the signature: AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID; correct it",
  ExpiredToken: "says that AWS_SESSION_TOKEN has expired; set fresh credentials and start the process again",
  InvalidToken: "refuses AWS_SESSION_TOKEN; set credentials that belong together",
  RequestTimeTooSkewed: "says that this machine's clock is wrong; set it",
  InvalidObjectState: "keeps it in an archive; restore it there first",
  AllAccessDisabled: "has disabled all access to it",
};

/**
 * What clients see of a failure, whatever it was: what was asked for, what came, what to do.
 * @param what `s3://bucket/prefix/`
 * @param again what asks for it once more
 * @param rights what it takes
 */
export function unreadable(
  what: string,
  error: unknown,
  again = "retryRun reads it again",
  rights = "s3:ListBucket on the bucket and s3:GetObject on its objects",
): unknown {
  if (error instanceof S3ConnectionError) {
    const remedy = `check AWS_ENDPOINT_URL, AWS_REGION and the network, then ${again}`;
    return new SourceUnreadableError(`${what}: the connection ${error.reason}; ${remedy}`);
  }
  if (!(error instanceof S3AnswerError)) return error;
  const { status, code, region } = error;
  const answer = `${status}${code === "" ? "" : ` ${code}`}`;
  if (region !== null && (status === 301 || status === 307 || status === 400))
    return new SourceUnreadableError(`${what}: the bucket is in the region ${region}; set AWS_REGION to it`);
  if (status >= 300 && status < 400)
    return new SourceUnreadableError(
      `${what}: S3 answered ${answer}: the bucket is elsewhere; set AWS_REGION to its region`,
    );
  const remedy =
    REMEDIES[code] ??
    (status === 401 || status === 403
      ? `refuses access; allow ${rights}, or correct the credentials`
      : mayPass(error)
        ? `is not well, or asked too often; ${again}`
        : "does not answer as S3 does; check AWS_ENDPOINT_URL");
  return new SourceUnreadableError(`${what}: S3 answered ${answer}: it ${remedy}`);
}
