/**
 * SQL: the contents that ARTIFACTS_URL moves out of `artifact_blobs`, as its index has them. To ask for an object takes longer than
 * to read 64 KiB here, and reports, evidence and signatures must be there when nothing else is.
 */
export const IS_TO_MOVE = "place is null and (upload is not null or octet_length(bytes) > 65536)";
