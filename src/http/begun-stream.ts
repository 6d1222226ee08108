import { Readable } from "node:stream";

type Pieces = AsyncGenerator<Uint8Array, void, undefined>;

/** A body whose first piece is there: what cannot be read at all is answered as the error it is, not as a file that breaks off. */
export async function begunStream(pieces: Pieces): Promise<Readable> {
  const first = await pieces.next();
  const stream = Readable.from(from(first, pieces), { objectMode: false });
  // Nobody may have taken a piece, as of HEAD: what reads them is closed all the same.
  stream.once("close", () => void pieces.return());
  return stream;
}

async function* from(first: IteratorResult<Uint8Array, void>, pieces: Pieces): Pieces {
  if (first.done) return;
  yield first.value;
  yield* pieces;
}
