import { jsonBytes, packArchive } from "../../src/registry/archive/archive.js";
import { readTar, tarOf } from "../../src/registry/archive/tar-members.js";

/** An archive that says something else, hashed anew, as who wants to deceive would. */
export async function repacked(
  file: Buffer,
  change: (manifest: any) => void,
  members: Record<string, (json: any) => unknown> = {},
): Promise<Buffer<ArrayBuffer>> {
  const [first, , ...others] = await readTar(file);
  const { format: _, files: __, ...manifest } = JSON.parse(Buffer.from(first!.bytes).toString("utf8"));
  change(manifest);
  const changed = others.map(({ name, bytes }) => {
    const own = members[name];
    return { name, bytes: own ? jsonBytes(own(JSON.parse(Buffer.from(bytes).toString("utf8")))) : bytes };
  });
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(packArchive(manifest, changed, { own: null }))) chunks.push(chunk);
  return Buffer.concat(chunks);
}
