import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import { DamagedArchiveError, UntrustedArchiveError } from "../../errors/archive-errors.js";
import { sha256Hex } from "../artifact-store.js";

/** Beside the manifest: its hash, and who vouches for it. */
const sealShape = z.strictObject({
  manifestSha256: z.string(),
  /** Ed25519 over the manifest's bytes. Null: nobody signed it. */
  signature: z.strictObject({ key: z.string(), value: z.base64() }).nullable(),
});
export type Seal = z.infer<typeof sealShape>;

/** What this deployment signs archives with, and whose it takes. */
export interface ArchiveKeys {
  /** Null: what is exported is not signed. */
  own: KeyObject | null;
  /** Empty: archives of anybody are taken. */
  trusted: readonly KeyObject[];
}

/** PEM, or the base64 between its lines, as it fits on one line of an environment. @throws {Error} it is no Ed25519 key */
export function readArchiveKey(text: string, kind: "private" | "public"): KeyObject {
  const pem = text.includes("-----") ? text.replaceAll("\\n", "\n") : null;
  const der = { key: Buffer.from(text, "base64"), format: "der" } as const;
  const key =
    kind === "private"
      ? createPrivateKey(pem ?? { ...der, type: "pkcs8" })
      : createPublicKey(pem ?? { ...der, type: "spki" });
  if (key.asymmetricKeyType !== "ed25519") throw new Error("an Ed25519 key was expected");
  return key;
}

/** A public key by its hash; of a private key that of its public part. */
export const keyId = (key: KeyObject): string =>
  sha256Hex((key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" }));

/** Ed25519 has no chance in it: the same manifest and key give the same seal. */
export function sealOf(manifest: Uint8Array, { own }: Pick<ArchiveKeys, "own">): Seal {
  const signature = own && {
    key: keyId(own),
    value: sign(null, manifest, own).toString("base64"),
  };
  return { manifestSha256: sha256Hex(manifest), signature };
}

/**
 * @returns the id of the key that signed it; null: this deployment asks for none, and it is not signed
 * @throws {DamagedArchiveError} the manifest is another than was sealed
 * @throws {UntrustedArchiveError} this deployment asks for a signature, and it has none of a trusted key
 */
export function openSeal(
  bytes: Uint8Array,
  manifest: Uint8Array,
  { trusted }: Pick<ArchiveKeys, "trusted">,
): { archive: string; signedBy: string | null } {
  const { data: seal } = sealShape.safeParse(parsed(bytes));
  if (!seal) throw new DamagedArchiveError("its seal cannot be read");
  const archive = sha256Hex(manifest);
  if (seal.manifestSha256 !== archive)
    throw new DamagedArchiveError(
      `its manifest has the SHA-256 ${archive}, ${seal.manifestSha256.slice(0, 64)} was sealed`,
    );
  if (trusted.length === 0) return { archive, signedBy: null };
  const { signature } = seal;
  if (!signature) throw new UntrustedArchiveError("nobody signed it");
  const key = trusted.find((each) => keyId(each) === signature.key);
  if (!key) throw new UntrustedArchiveError(`the key ${signature.key.slice(0, 64)} is not trusted here`);
  if (!verify(null, manifest, key, Buffer.from(signature.value, "base64")))
    throw new UntrustedArchiveError(`its signature is not that of the key ${signature.key}`);
  return { archive, signedBy: signature.key };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null;
  }
}
