import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLake } from "../../../../src/features/offline/lake/lake.js";
import { syncLake } from "../../../../src/features/offline/lake/lake-sync.js";
import { verifyLake } from "../../../../src/features/offline/lake/verify-lake.js";
import { S3_LIMITS, S3Client } from "../../../../src/s3/s3-client.js";
import { readS3Environment } from "../../../../src/s3/s3-environment.js";
import { BrokenFileError } from "../../../../src/storage/byte-store.js";
import { engineSettings, installedEngines } from "../../../support/engines.js";
import { freePort } from "../../../support/free-port.js";
import { until } from "../../../support/until.js";
import { Dice, LakeWorld, PLAYERS, world } from "./lake-world.js";

const PYTHON = resolve(".moto/bin/python");
const { signal } = new AbortController();
const lake = openLake("s3://lake/some/prefix ä+");

/** A bucket and a user who may write to it, by boto3; then every request must be signed. */
const SETUP = `
import json, sys, urllib.request, boto3
url = sys.argv[1]
at = dict(endpoint_url=url, region_name="us-east-1", aws_access_key_id="setup", aws_secret_access_key="setup")
s3, iam = boto3.client("s3", **at), boto3.client("iam", **at)
s3.create_bucket(Bucket="lake")
s3.put_object(Bucket="lake", Key="some/prefix ä+/notes/mine.parquet", Body=b"not asof's")
iam.create_user(UserName="writer")
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="writer", PolicyName="p", PolicyDocument=json.dumps(policy))
made = iam.create_access_key(UserName="writer")["AccessKey"]
urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", method="POST",
    headers={"content-type": "text/plain"}))
print(json.dumps({"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}))
`;

const installed = existsSync(PYTHON);
if (!installed)
  console.warn("no .moto here (npm run test:s3 makes it): the tests of a lake on S3 are skipped");

describe.skipIf(!installed)("a lake on an S3-compatible server", () => {
  let moto: ChildProcess;
  let place: LakeWorld;
  const before = { ...process.env };
  beforeAll(async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    moto = spawn(PYTHON, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
      env: { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: "100000" },
      stdio: "ignore",
    });
    await until("moto answers", async () => (await fetch(`${url}/moto-api/`).catch(() => null))?.ok, 60_000);
    const keys = JSON.parse(execFileSync(PYTHON, ["-c", SETUP, url]).toString());
    Object.assign(process.env, keys, { AWS_ENDPOINT_URL: url });
    place = await LakeWorld.create();
  });
  afterAll(async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await place?.drop();
    moto?.kill();
  });

  const sync = () => syncLake({ pool: place.pool, definitions: world, lake, signal });
  const listed = async () => {
    const paths: string[] = [];
    for await (const { path } of lake.list("", signal)) paths.push(path);
    return paths;
  };

  it("writes and removes by signatures that another implementation checks, of the bytes, too", async () => {
    const client = new S3Client(readS3Environment(process.env), { ...S3_LIMITS, attempts: 1 });
    const bytes = Buffer.from("some bytes");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const body = (hash: string) => ({
      bytes: bytes.length,
      sha256: hash,
      read: () => Readable.from([bytes]),
    });
    await client.put("lake", "plain/key", body(sha256), signal);
    await client.remove("lake", "plain/key", signal);
    const wrong = new S3Client(
      readS3Environment({ ...process.env, AWS_SECRET_ACCESS_KEY: "wrong" }),
      S3_LIMITS,
    );
    await expect(wrong.put("lake", "plain/key", body(sha256), signal)).rejects.toMatchObject({ status: 403 });
    await expect(wrong.remove("lake", "plain/key", signal)).rejects.toMatchObject({ status: 403 });
    // moto decodes a URL before it checks its signature, so that a slash in a prefix never fits.
    const headers = { "content-type": "text/plain" };
    const url = `${process.env.AWS_ENDPOINT_URL}/moto-api/reset-auth`;
    await fetch(url, { method: "POST", body: "1000000", headers });
  });

  it("holds what the catalogue says, is read back by its hash, and lets go of who is erased", async () => {
    await place.fill(new Dice(7));
    const { parts } = await sync();
    expect(parts).toBeGreaterThan(0);
    const engine = installedEngines()[0]?.lake ?? null;
    const verified = () =>
      verifyLake(place.pool, world, { lake, ...engineSettings }, engine, signal).then(
        ({ broken, behind }) => ({
          broken,
          behind,
        }),
      );
    expect(await verified()).toEqual({ broken: [], behind: 0 });
    const before = await listed();
    expect(await sync()).toMatchObject({ parts: 0, removed: 0 });
    for (const key of PLAYERS.slice(0, 3)) await place.erase(key);
    const again = await sync();
    expect(again.removed).toBe(again.parts);
    expect(await verified()).toEqual({ broken: [], behind: 0 });
    const after = await listed();
    expect(after).toHaveLength(before.length);
    expect(after).toContain("notes/mine.parquet");
  }, 120_000);

  it("says what is missing, or is not what was written", async () => {
    const folder = mkdtempSync(join(tmpdir(), "asof-lake-"));
    const path = (await listed()).find((each) => each.includes("/part-"))!;
    const { rows } = await place.pool.query(
      "select path, rows, bytes, sha256 from lake_files where path = $1",
      [path],
    );
    const file = { ...rows[0], bytes: Number(rows[0].bytes) };
    const local = await lake.local(file, folder, signal);
    expect(readFileSync(local)).toHaveLength(file.bytes);
    await expect(lake.local({ ...file, sha256: "0".repeat(64) }, folder, signal)).rejects.toThrow(
      /is not what was written there: its SHA-256 differs/,
    );
    await lake.remove(path, signal);
    await lake.remove(path, signal);
    const reading = lake.local(file, folder, signal);
    await expect(reading).rejects.toThrow(BrokenFileError);
    await expect(reading).rejects.toThrow(/is not there; asof doctor --lake lists all such files/);
    rmSync(folder, { recursive: true, force: true });
  });
});
