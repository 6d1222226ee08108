import { generateKeyPairSync } from "node:crypto";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import type { AsofError } from "../../../src/errors/errors.js";
import { jsonBytes, openArchive, packArchive } from "../../../src/registry/archive/archive.js";
import { type ArchiveKeys, keyId, readArchiveKey, sealOf } from "../../../src/registry/archive/seal.js";
import { type Member, readTar, tarOf } from "../../../src/registry/archive/tar-members.js";
import { DESCRIBED_ARCHIVE as DESCRIBED, ARCHIVE_FILES as FILES } from "../../support/archives.js";

const UNSIGNED: ArchiveKeys = { own: null, trusted: [] };

const keys = () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    own: readArchiveKey(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "private"),
    public: readArchiveKey(publicKey.export({ type: "spki", format: "der" }).toString("base64"), "public"),
  };
};

async function tar(members: readonly Member[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(members)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
const archive = (own: ArchiveKeys["own"] = null, described = DESCRIBED) =>
  packArchive(described, FILES, { own });

async function refusedAs(bytes: Buffer, trusted: ArchiveKeys["trusted"] = []): Promise<string> {
  const error: AsofError = await openArchive([bytes], { trusted }).then(
    () => {
      throw new Error("it was taken");
    },
    (refusal) => refusal,
  );
  return `${error.code} ${error.message}`;
}

const without = (members: readonly Member[], name: string) => members.filter((each) => each.name !== name);
const replaced = (members: readonly Member[], name: string, bytes: Uint8Array) =>
  members.map((each) => (each.name === name ? { name, bytes } : each));

describe("an archive of a version", () => {
  it("is read as it was written, and written twice is the same bytes", async () => {
    const bytes = await tar(archive());
    expect((await tar(archive())).equals(bytes)).toBe(true);
    const { manifest, files, signedBy } = await openArchive([bytes], UNSIGNED);
    expect(manifest).toMatchObject({ ...DESCRIBED, format: 1 });
    expect([...files.keys()]).toEqual([
      "manifest.json",
      "seal.json",
      "answers.json",
      "evidence/report.json",
      "model.onnx",
    ]);
    expect(signedBy).toBeNull();
  });

  it("is refused wherever it is cut off", async () => {
    const bytes = await tar(archive());
    const lengths = [
      0,
      1,
      511,
      512,
      700,
      1024,
      1536,
      bytes.length - 1024,
      bytes.length - 512,
      bytes.length - 1,
    ];
    for (const length of lengths)
      expect(await refusedAs(bytes.subarray(0, length)), `${length} bytes`).toMatch(
        /^BAD_USER_INPUT the archive is damaged: /,
      );
    expect(await refusedAs(Buffer.concat([bytes, Buffer.alloc(512)]))).toMatch(
      / bytes, its members and their end take /,
    );
  });

  it("is refused with one bit flipped in any member or header", async () => {
    const members = archive();
    const bytes = await tar(members);
    let at = 0;
    for (const { name, bytes: own } of members) {
      for (const place of [at, at + 124, at + 512, at + 512 + own.byteLength - 1]) {
        const flipped = Buffer.from(bytes);
        flipped[place]! ^= 1;
        const refusal = await refusedAs(flipped);
        expect(refusal, `${name}, byte ${place - at}`).toMatch(/^BAD_USER_INPUT the archive is damaged: /);
      }
      at += 512 * (1 + Math.ceil(own.byteLength / 512));
    }
  });

  it.each(["manifest.json", "seal.json", "answers.json", "evidence/report.json", "model.onnx"])(
    "is refused without %s, and with it twice",
    async (name) => {
      const members = archive();
      expect(await refusedAs(await tar(without(members, name)))).toMatch(
        new RegExp(`^BAD_USER_INPUT the archive is damaged: (it has no ${name}|${name} is missing)`),
      );
      const twice = [...members, members.find((each) => each.name === name)!];
      expect(await refusedAs(await tar(twice))).toContain(`"${name}" is there twice`);
    },
  );

  it("is refused with a member that the manifest does not list", async () => {
    const added = [...archive(), { name: "evidence/more.json", bytes: Buffer.from("{}") }];
    expect(await refusedAs(await tar(added))).toBe(
      "BAD_USER_INPUT the archive is damaged: evidence/more.json is not in the manifest; export the version again, and send that file",
    );
  });

  it.each(["../evil.json", "/etc/passwd", "a/../../b", ".hidden", "a//b", "a/./b", "x".repeat(201)])(
    "is refused with a member called %s",
    async (name) => {
      const bytes = await tar([...archive(), { name, bytes: Buffer.from("{}") }]);
      expect(await refusedAs(bytes)).toMatch(
        /^BAD_USER_INPUT the archive is damaged: .*is no name of a member/,
      );
    },
  );

  it.each(["symlink", "link", "directory", "fifo"] as const)("is refused with a %s in it", async (type) => {
    const packed = pack();
    packed.entry({ name: "model.onnx", type, ...(type.endsWith("link") && { linkname: "/etc/passwd" }) });
    packed.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of packed) chunks.push(chunk as Buffer);
    expect(await refusedAs(Buffer.concat(chunks))).toContain(`"model.onnx" is a ${type}, no file`);
  });

  it("is refused with thousands of members", async () => {
    const many = Array.from({ length: 2_000 }, (_, i) => ({ name: `m${i}`, bytes: Buffer.alloc(0) }));
    expect(await refusedAs(await tar(many))).toContain("it has more than 102 members");
  });

  it("that says it has a terabyte takes no memory for it", async () => {
    const packed = pack();
    packed.entry({ name: "model.onnx", size: 2 ** 40 }).write(Buffer.alloc(1_024));
    const chunks: Buffer[] = [];
    for await (const chunk of packed) {
      chunks.push(chunk as Buffer);
      if (Buffer.concat(chunks).length >= 1_536) break;
    }
    expect(await refusedAs(Buffer.concat(chunks))).toBe(
      "BAD_USER_INPUT the archive has 1099511627776 bytes; at most 268435456 are held in memory at once: make it smaller",
    );
  });

  it("of another format is refused by its name, not as damaged", async () => {
    const members = archive();
    const manifest = jsonBytes({ ...JSON.parse(members[0]!.bytes.toString()), format: 2, asof: "9.0.0" });
    const rehashed = replaced(
      replaced(members, "manifest.json", manifest),
      "seal.json",
      jsonBytes(sealOf(manifest, UNSIGNED)),
    );
    expect(await refusedAs(await tar(rehashed))).toBe(
      "BAD_USER_INPUT the archive has the format 2, as asof 9.0.0 writes it; this release reads 1: import it with that release, or a newer one",
    );
  });

  it("is not written larger than it would be read", () => {
    const large = { name: "model.onnx", bytes: Buffer.alloc(256 * 1024 * 1024 - 4_000) };
    const pack = () => packArchive(DESCRIBED, [large, ...FILES.slice(1)], { own: null });
    expect(pack).toThrow(
      expect.objectContaining({
        code: "BAD_USER_INPUT",
        message: expect.stringMatching(
          /^the archive of version 3 of churn has 26843\d+ bytes; at most 268435456 are held in memory at once: make it smaller$/,
        ),
      }),
    );
  });

  it("whose manifest was edited is refused: its hash is sealed", async () => {
    const members = archive();
    const edited = jsonBytes({ ...JSON.parse(members[0]!.bytes.toString()), threshold: 0.1 });
    expect(await refusedAs(await tar(replaced(members, "manifest.json", edited)))).toMatch(/was sealed/);
  });
});

describe("where signatures are asked for", () => {
  const [mine, other] = [keys(), keys()];

  it("an archive that a trusted key signed is taken, and the same is signed alike", async () => {
    const bytes = await tar(archive(mine.own));
    expect((await tar(archive(mine.own))).equals(bytes)).toBe(true);
    const opened = await openArchive([bytes], { trusted: [other.public, mine.public] });
    expect(opened.signedBy).toBe(keyId(mine.public));
    // The manifest does not say who vouches for it.
    expect(opened.archive).toBe((await openArchive([await tar(archive())], UNSIGNED)).archive);
  });

  it("one that nobody, or somebody else, signed is refused", async () => {
    expect(await refusedAs(await tar(archive()), [mine.public])).toBe(
      "FORBIDDEN the archive was not imported: nobody signed it; export it with a key whose public part is in ASOF_IMPORT_KEYS",
    );
    expect(await refusedAs(await tar(archive(other.own)), [mine.public])).toContain(
      `FORBIDDEN the archive was not imported: the key ${keyId(other.public)} is not trusted here`,
    );
  });

  it("one whose manifest was edited and hashed again is refused, whoever's name is on the signature", async () => {
    const members = archive(mine.own);
    const edited = jsonBytes({ ...JSON.parse(members[0]!.bytes.toString()), threshold: 0.1 });
    const forged = {
      ...sealOf(edited, other),
      signature: { ...sealOf(edited, other).signature!, key: keyId(mine.own) },
    };
    const kept = {
      ...sealOf(edited, UNSIGNED),
      signature: JSON.parse(members[1]!.bytes.toString()).signature,
    };
    for (const seal of [forged, kept]) {
      const bytes = await tar(
        replaced(replaced(members, "manifest.json", edited), "seal.json", jsonBytes(seal)),
      );
      expect(await refusedAs(bytes, [mine.public])).toContain(
        `its signature is not that of the key ${keyId(mine.public)}`,
      );
    }
  });

  it("a key of another kind is none", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(() => readArchiveKey(pem, "private")).toThrow("an Ed25519 key was expected");
  });
});

it("a tar that other tools wrote, with owners and times, is read by its members", async () => {
  const packed = pack();
  packed.entry({ name: "a.json", mtime: new Date("2024-01-31"), uid: 1000, uname: "ada" }, "{}");
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  expect(await readTar(chunks, 1 << 20)).toEqual([{ name: "a.json", bytes: Buffer.from("{}") }]);
});
