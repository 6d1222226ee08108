import { SourceUnreadableError } from "../errors/errors.js";
import type { S3Credentials } from "./sigv4.js";

/** Read when they are needed, by the processes that ingest. */
export const S3_VARIABLES = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"],
] as const;

export interface S3Environment {
  readonly credentials: S3Credentials;
  readonly region: string;
  /** Of another server than AWS's; null: AWS. */
  readonly endpoint: URL | null;
}

/** @throws {SourceUnreadableError} credentials are missing, or the endpoint is no URL; no value is repeated */
export function readS3Environment(env: NodeJS.ProcessEnv): S3Environment {
  const value = (name: (typeof S3_VARIABLES)[number]) => env[name]?.trim() || null;
  const accessKeyId = value("AWS_ACCESS_KEY_ID");
  const secretAccessKey = value("AWS_SECRET_ACCESS_KEY");
  if (!accessKeyId || !secretAccessKey) {
    const missing = accessKeyId ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID";
    const both = accessKeyId || secretAccessKey ? "" : " and AWS_SECRET_ACCESS_KEY";
    throw new SourceUnreadableError(
      `${missing}${both} ${both ? "are" : "is"} not set for this process; set them, and AWS_REGION or AWS_ENDPOINT_URL`,
    );
  }
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken: value("AWS_SESSION_TOKEN") },
    region: value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") ?? "us-east-1",
    endpoint: endpointOf(value("AWS_ENDPOINT_URL_S3") ?? value("AWS_ENDPOINT_URL")),
  };
}

function endpointOf(text: string | null): URL | null {
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === ""
  )
    return url;
  throw new SourceUnreadableError(
    "AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3) must be an http or https URL without a user, such as https://minio.example:9000",
  );
}
