import { expect } from "vitest";
import { jsonBytes, MAX_ARCHIVE_BYTES, packArchive } from "../../src/registry/archive/archive.js";
import type { ArchiveManifest } from "../../src/registry/archive/manifest.js";
import { type Member, readTar, tarOf } from "../../src/registry/archive/tar-members.js";
import type { TestApp } from "./app.js";
import type { GraphQLClient } from "./graphql.js";

const PLACE = {
  deployment: "staging",
  model: "churn",
  version: 3,
  runId: "11111111-1111-4111-8111-111111111111",
};
/** What a manifest says, of no version that there is. */
export const DESCRIBED_ARCHIVE: Omit<ArchiveManifest, "format" | "files"> = {
  asof: "0.2.0",
  version: PLACE,
  origin: PLACE,
  algorithm: "GRADIENT_BOOSTING",
  entity: { name: "user", key: { user_id: "string" } },
  signature: {
    inputs: [{ name: "numeric", type: "float32", shape: [null, 1] }],
    outputs: [{ name: "probability", type: "float32", shape: [null, 1] }],
    features: [{ name: "skips_7d", kind: "numeric", type: "int" }],
  },
  threshold: 0.5,
  views: { skips_7d: { view: "usage", version: 1 } },
  split: { seed: 42, testFraction: 0.25, splitRule: "RANKS", heldOutFrom: null, heldOutBelow: null },
  run: { kind: "TRAIN", params: {}, metrics: { auc: 0.9 }, environment: {}, gitCommit: null },
  snapshots: [{ asOf: "2024-01-31", revision: 1, contentSha256: "a".repeat(64) }],
  leftBehind: ["model.html"],
};
export const ARCHIVE_FILES: Member[] = [
  { name: "model.onnx", bytes: Buffer.from("x".repeat(700)) },
  { name: "answers.json", bytes: Buffer.from("[]") },
  { name: "evidence/report.json", bytes: Buffer.from('{"rows":60}') },
];

/** An archive that says something else, hashed anew, as who wants to deceive would. */
export async function repacked(
  file: Buffer,
  change: (manifest: any) => void,
  members: Record<string, (json: any) => unknown> = {},
  files: Record<string, Buffer> = {},
): Promise<Buffer<ArrayBuffer>> {
  const [first, , ...others] = await readTar([file], MAX_ARCHIVE_BYTES);
  const { format: _, files: __, ...manifest } = JSON.parse(Buffer.from(first!.bytes).toString("utf8"));
  change(manifest);
  const changed = others.map(({ name, bytes }) => {
    const own = members[name];
    return {
      name,
      bytes: own ? jsonBytes(own(JSON.parse(Buffer.from(bytes).toString("utf8")))) : (files[name] ?? bytes),
    };
  });
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(packArchive(manifest, changed, { own: null }))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The archive of a version of the churn model. */
export async function exported(
  { client }: Pick<TestApp, "client">,
  version: number,
): Promise<Buffer<ArrayBuffer>> {
  const answer = await fetch(`${client.address}/models/churn/versions/${version}/export`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-tar"]);
  return Buffer.from(await answer.arrayBuffer());
}

/** What the deployment answers to such a file. */
export async function imported({ client }: { client: GraphQLClient }, body: Buffer<ArrayBuffer>, query = "") {
  const answer = await fetch(`${client.address}/models/import${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-tar" },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as any };
}

/** Where a member's header is, and how long the member. */
export const named = (bytes: Buffer, name: string) => {
  const at = bytes.indexOf(`${name}\0`);
  return { at, size: Number.parseInt(bytes.toString("latin1", at + 124, at + 135), 8) };
};
export function memberBytes(bytes: Buffer, name: string): Buffer {
  const { at, size } = named(bytes, name);
  return bytes.subarray(at + 512, at + 512 + size);
}

/** A member that is JSON. */
export const member = (bytes: Buffer, name: string): any =>
  JSON.parse(memberBytes(bytes, name).toString("utf8"));
