/** A key set of a hundred RSA keys has some 100 KB. */
const MOST_BYTES = 1024 * 1024;

/** Reads no more than an issuer's answer may have: what is longer is none, and would fill the memory. */
export async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body: its connection is closed.
  for await (const part of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error(`the answer of ${url} has more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  const { status, headers } = response;
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : Buffer.concat(parts), { status, headers });
}
