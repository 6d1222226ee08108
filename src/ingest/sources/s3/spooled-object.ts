import { createHash, randomUUID } from "node:crypto";
import { open, statfs, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SourceUnreadableError } from "../../../errors/errors.js";
import type { RandomAccess } from "../../formats/file-format.js";

/** What must stay free in the temporary folder. */
const LEFT_FREE_BYTES = 256 << 20;

/**
 * Bytes as a file that can be read at any place. Parquet asks for many small parts, column by column: each would be a
 * request of its own, and the object may be gone in between. So it is read once, front to back, into a temporary file, which has no
 * name any more when it is written: it ends with its handle, or with the process.
 * @param what in errors
 * @throws {SourceUnreadableError} the temporary folder has no room for it
 */
export async function spooled(
  chunks: AsyncIterable<Buffer>,
  { bytes, what }: { bytes: number; what: string },
): Promise<RandomAccess> {
  const folder = tmpdir();
  const noRoom = new SourceUnreadableError(
    `${what} has ${bytes} bytes, and the temporary folder no room for it; free some space there, or set TMPDIR`,
  );
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes + LEFT_FREE_BYTES) throw noRoom;
  const path = join(folder, `asof-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  try {
    await unlink(path);
    const hash = createHash("sha256");
    for await (const chunk of chunks) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    const sha256 = hash.digest("hex");
    return {
      read: (buffer, offset, length, position) => file.read(buffer, offset, length, position),
      stat: () => file.stat(),
      close: () => file.close(),
      sha256: () => sha256,
    };
  } catch (error) {
    await file.close();
    throw (error as NodeJS.ErrnoException).code === "ENOSPC" ? noRoom : error;
  }
}
