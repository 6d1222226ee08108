/** The value of a claim; a name with dots reads a nested one where no claim has it as a whole. */
export function readClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split(".")
    .reduce<unknown>(
      (value, part) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined,
      claims,
    );
}

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
