import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type HostileS3, startHostileS3 } from "./s3-server.js";

/** A place for artifacts, and what lies there for whoever looks into it himself. */
export interface TestStore {
  url: string;
  /** Every file below `artifacts/` by its path. */
  files(): Map<string, Buffer>;
  write(path: string, bytes: Buffer): void;
  remove(path: string): void;
  stop(): Promise<void>;
}

export function folderOfArtifacts(): TestStore {
  const root = mkdtempSync(join(tmpdir(), "asof-artifacts-"));
  const paths = () =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => statSync(join(root, path)).isFile())
      .map((path) => path.replaceAll("\\", "/"));
  return {
    url: pathToFileURL(root).href,
    files: () =>
      new Map(
        paths()
          .filter((path) => path.startsWith("artifacts/"))
          .map((path) => [path, readFileSync(join(root, path))]),
      ),
    write: (path, bytes) => writeFileSync(join(root, path), bytes),
    remove: (path) => rmSync(join(root, path)),
    stop: async () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Of the environment of whoever reads and writes it. */
export const s3Credentials = (s3: Pick<HostileS3, "url">): Record<string, string> => ({
  AWS_ENDPOINT_URL: s3.url,
  AWS_ACCESS_KEY_ID: "key-of-the-test",
  AWS_SECRET_ACCESS_KEY: "secret-of-the-test",
});

const PREFIX = "some/prefix";

/** A bucket in this process; sets what it takes to reach it in the environment until it is stopped. */
export async function bucketOfArtifacts(): Promise<TestStore & { s3: HostileS3 }> {
  const s3 = await startHostileS3();
  const credentials = s3Credentials(s3);
  const before = Object.fromEntries(Object.keys(credentials).map((name) => [name, process.env[name]]));
  Object.assign(process.env, credentials);
  return {
    s3,
    url: `s3://extracts/${PREFIX}`,
    files: () =>
      new Map(
        [...s3.objects]
          .filter(([key]) => key.startsWith(`${PREFIX}/artifacts/`))
          .map(([key, { body }]) => [key.slice(PREFIX.length + 1), body]),
      ),
    write: (path, bytes) => s3.put(`${PREFIX}/${path}`, bytes),
    remove: (path) => s3.remove(`${PREFIX}/${path}`),
    stop: async () => {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await s3.stop();
    },
  };
}
