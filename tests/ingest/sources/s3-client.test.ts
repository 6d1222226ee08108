import { createHash, randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { S3Client } from "../../../src/s3/s3-client.js";
import { readS3Environment } from "../../../src/s3/s3-environment.js";
import { readListPage } from "../../../src/s3/s3-listing.js";
import { readS3Url } from "../../../src/s3/s3-url.js";
import { encodePath, signedHeaders } from "../../../src/s3/sigv4.js";
import { type HostileS3, refuse, startHostileS3 } from "../../support/s3-server.js";

const CREDENTIALS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "a-secret-of-a-test" };
const { signal } = new AbortController();
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("signatures", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Example: GET Bucket Lifecycle" and "List Objects"
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    sessionToken: null,
  };
  const request = {
    ...{ host: "examplebucket.s3.amazonaws.com", path: "/", region: "us-east-1" },
    at: new Date("2013-05-24T00:00:00Z"),
  };
  it.each([
    [{ lifecycle: "" }, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    [{ "max-keys": "2", prefix: "J" }, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
  ])("of %j are those that AWS publishes", (query, signature) => {
    expect(signedHeaders({ ...request, query }, credentials).authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
    );
  });
  it("are those of botocore 1.44.8 where path and query have every kind of character", () => {
    const path = encodePath("/extracts/a b/ä+(1).csv");
    const query = { "list-type": "2", "encoding-type": "url", prefix: "täglich (1) + more/2024/" };
    const at = new Date("2024-01-31T01:02:03Z");
    const signed = signedHeaders(
      { host: "127.0.0.1:9000", path, query, region: "us-east-1", at },
      { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: null },
    );
    expect(signed.authorization).toContain(
      "Signature=a9a7b1520a8ef65281e0ae5d4b110f366fda79b7d34a4559b96e6989e6edc8c0",
    );
  });
  it("cover a session's token", () => {
    const headers = signedHeaders({ ...request, query: {} }, { ...credentials, sessionToken: "t" });
    expect(headers["x-amz-security-token"]).toBe("t");
    expect(headers.authorization).toContain("x-amz-date;x-amz-security-token,");
  });
  it("encode a path once, by S3's rules", () => {
    expect(encodePath("/a b/ä+(1)*'!~.csv")).toBe("/a%20b/%C3%A4%2B%281%29%2A%27%21~.csv");
  });
});

describe("an s3:// URL", () => {
  it.each([
    ["s3://bucket", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/", { bucket: "bucket", prefix: "" }],
    ["s3://my.bucket/a/b c/", { bucket: "my.bucket", prefix: "a/b c/" }],
    ["s3://Bucket/x", null],
    ["s3://b", null],
    ["s3://bucket/x?versionId=1", null],
    ["s3://user:secret@bucket/x", null],
    ["https://bucket/x", null],
  ])("%s is %j", (url, place) => {
    expect(readS3Url(url)).toEqual(place);
  });
});

describe("a listing's page", () => {
  it("has keys with every character", () => {
    const { objects, next } = readListPage(
      `<ListBucketResult xmlns="x"><IsTruncated>true</IsTruncated><Contents><Key>a &amp;&#x20AC;&lt;b.csv</Key><ETag>"1"</ETag><Size>3</Size></Contents><NextContinuationToken>t&amp;1</NextContinuationToken></ListBucketResult>`,
    );
    expect(objects).toEqual([{ key: "a &€<b.csv", etag: '"1"', bytes: 3, modifiedAt: null }]);
    expect(next).toBe("t&1");
  });
  it.each([
    ["<html>a login page</html>"],
    ["<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>"],
    ["<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"],
    ["<ListBucketResult><Contents>"],
  ])("is refused where it is none: %s", (xml) => {
    expect(() => readListPage(xml)).toThrow(/S3 answered 200 with/);
  });
});

describe("credentials", () => {
  it.each([
    [{}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"],
    [{ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE" }, "AWS_SECRET_ACCESS_KEY is not set"],
    [{ ...CREDENTIALS, AWS_ENDPOINT_URL: "minio:9000" }, "must be an http or https URL without a user"],
    [{ ...CREDENTIALS, AWS_ENDPOINT_URL_S3: "http://u:p4ss@minio" }, "must be an http or https URL"],
  ])("that are missing are named, and never shown", (env, message) => {
    expect(() => readS3Environment(env)).toThrow(message);
    for (const value of ["AKIDEXAMPLE", "p4ss"]) expect(() => readS3Environment(env)).not.toThrow(value);
  });
  it("come from the usual variables, S3's own endpoint before the common one", () => {
    const env = {
      ...CREDENTIALS,
      ...{ AWS_SESSION_TOKEN: "token", AWS_DEFAULT_REGION: "eu-west-1" },
      ...{ AWS_ENDPOINT_URL: "http://one", AWS_ENDPOINT_URL_S3: "http://two" },
    };
    expect(readS3Environment(env)).toMatchObject({
      credentials: { sessionToken: "token" },
      region: "eu-west-1",
      endpoint: new URL("http://two"),
    });
    expect(readS3Environment({ ...env, AWS_REGION: "eu-north-1" }).region).toBe("eu-north-1");
  });
});

describe("a server that misbehaves", () => {
  let s3: HostileS3;
  let client: S3Client;
  const body = randomBytes(300_000);
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const pinned = { bucket: "extracts", key: "daily/a.csv", etag, bytes: body.length };
  beforeAll(async () => {
    s3 = await startHostileS3();
    const environment = readS3Environment({ ...CREDENTIALS, AWS_ENDPOINT_URL: s3.url });
    client = new S3Client(environment, { deadlineMs: 300, attempts: 4, pauseMs: 5 });
    s3.put(pinned.key, body);
  });
  afterEach(() => {
    s3.meddle = null;
    s3.asked.length = 0;
    s3.put(pinned.key, body);
  });
  afterAll(() => s3?.stop());

  const read = async (object = pinned) => {
    const chunks: Buffer[] = [];
    for await (const chunk of client.read(object, signal)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const listed = async (prefix = "daily/") => {
    const keys: string[] = [];
    for await (const { key } of client.list("extracts", prefix, signal)) keys.push(key);
    return keys;
  };
  /** The first `count` answers of objects are this one. */
  const first = (count: number, answer: (response: ServerResponse, range: string | undefined) => void) => {
    let left = count;
    s3.meddle = (request, response, object) => {
      if (!object || left-- <= 0) return false;
      answer(response, request.headers.range);
      return true;
    };
  };

  it("has an object read whole, each request pinned to its ETag", async () => {
    expect(sha256(await read())).toBe(sha256(body));
    expect(s3.headers.at(-1)!["if-match"]).toBe(etag);
  });

  it("is asked for the rest where it cuts the connection", async () => {
    const ranges: (string | undefined)[] = [];
    first(2, (response, range) => {
      ranges.push(range);
      const from = Number(/\d+/.exec(range ?? "0")![0]);
      response.writeHead(from > 0 ? 206 : 200, { etag, "content-length": body.length - from });
      response.write(body.subarray(from, from + 70_000), () => response.destroy());
    });
    expect(sha256(await read())).toBe(sha256(body));
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=\d+-$/);
    expect(Number(/\d+/.exec(s3.headers.at(-1)!.range!)![0])).toBeGreaterThan(70_000);
  });

  it("may know no ranges: what came before is passed over", async () => {
    first(1, (response) => {
      response.writeHead(200, { etag, "content-length": body.length });
      response.write(body.subarray(0, 50_000), () => response.destroy());
    });
    const meddle = s3.meddle!;
    s3.meddle = (request, response, object) => {
      delete request.headers.range;
      return meddle(request, response, object);
    };
    expect(sha256(await read())).toBe(sha256(body));
  });

  it.each([500, 502, 503, 429])("is asked again after %i", async (status) => {
    first(3, (response) => refuse(response, status, "SlowDown"));
    expect(sha256(await read())).toBe(sha256(body));
    expect(s3.asked).toHaveLength(4);
  });

  it("is given up after as many attempts as are allowed", async () => {
    first(100, (response) => refuse(response, 503, "SlowDown"));
    await expect(read()).rejects.toMatchObject({ status: 503, code: "SlowDown" });
    expect(s3.asked).toHaveLength(4);
  });

  it("is asked once where it refuses", async () => {
    first(100, (response) => refuse(response, 403, "AccessDenied"));
    await expect(read()).rejects.toMatchObject({ status: 403, code: "AccessDenied" });
    expect(s3.asked).toHaveLength(1);
  });

  it("is given up where it answers nothing", async () => {
    first(100, () => {});
    await expect(read()).rejects.toThrow("gave no answer in 0.3 s");
  });

  it("is given up where its body stands still", async () => {
    first(100, (response) => {
      response.writeHead(200, { etag, "content-length": body.length }).flushHeaders();
    });
    await expect(read()).rejects.toThrow("brought nothing for 0.3 s");
  });

  it("is waited for while it brings a little at a time", async () => {
    first(1, async (response) => {
      response.writeHead(200, { etag, "content-length": body.length });
      for (let at = 0; at < body.length; at += 50_000) {
        response.write(body.subarray(at, at + 50_000));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      response.end();
    });
    expect(sha256(await read())).toBe(sha256(body));
    expect(s3.asked).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ["that was overwritten", () => s3.put(pinned.key, randomBytes(300_000))],
    [
      "that was overwritten by a server without If-Match",
      () => {
        first(1, (response) =>
          response.writeHead(200, { etag: '"other"', "content-length": 300_000 }).end(body),
        );
      },
    ],
    [
      "that has another length",
      () => {
        first(1, (response) => response.writeHead(200, { etag, "content-length": 10 }).end("0123456789"));
      },
    ],
    [
      "that is longer than it was, without a length",
      () => {
        first(1, (response) => response.writeHead(200, { etag }).end(Buffer.concat([body, body])));
      },
    ],
    ["that was deleted", () => s3.remove(pinned.key)],
  ])("never gives another object: one %s", async (_, change) => {
    change();
    await expect(read()).rejects.toThrow(/^(S3 answered 4(12|04)|its ETag or length|it is longer)/);
  });

  it("never gives another object in the middle: one that changes between two parts", async () => {
    first(1, (response) => {
      response.writeHead(200, { etag, "content-length": body.length });
      response.write(body.subarray(0, 50_000), () => {
        s3.put(pinned.key, randomBytes(300_000));
        response.destroy();
      });
    });
    await expect(read()).rejects.toMatchObject({ status: 412 });
  });

  it("is not asked any more by who has stopped", async () => {
    const stop = new AbortController();
    first(100, () => stop.abort(new Error("cancelled")));
    const reading = async () => {
      for await (const _ of client.read(pinned, stop.signal));
    };
    await expect(reading()).rejects.toThrow("cancelled");
    expect(s3.asked).toHaveLength(1);
  });

  it("lists page by page", async () => {
    for (let i = 0; i < 7; i++) s3.put(`pages/${i}.csv`, "x");
    s3.pageSize = 3;
    expect(await listed("pages/")).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `pages/${i}.csv`));
    expect(s3.asked).toHaveLength(3);
    s3.pageSize = 1000;
  });

  it.each([
    ["whose pages repeat a key", ["b", "a"]],
    ["with a key that nobody asked for", ["elsewhere"]],
  ])("is not believed a listing %s", async (_, keys) => {
    s3.meddle = (_request, response) => {
      const contents = keys.map(
        (key) => `<Contents><Key>daily/${key}</Key><ETag>"1"</ETag><Size>1</Size></Contents>`,
      );
      const page = contents.join("").replace("daily/elsewhere", "elsewhere");
      response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${page}</ListBucketResult>`);
      return true;
    };
    await expect(listed()).rejects.toThrow("not in the order of its keys");
  });

  it("has its messages left out: they may repeat the credentials", async () => {
    const more = `<Message>${CREDENTIALS.AWS_SECRET_ACCESS_KEY}</Message><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId>`;
    first(1, (response) => refuse(response, 403, "SignatureDoesNotMatch", more));
    const error = (await read().catch((thrown: Error) => thrown)) as Error;
    expect(error.message).toBe("S3 answered 403 SignatureDoesNotMatch");
    expect(JSON.stringify(error)).not.toMatch(/AKIDEXAMPLE|a-secret/);
  });
});
