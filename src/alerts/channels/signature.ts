import { createHmac } from "node:crypto";

const PREFIX = "whsec_";
/** As the specification has it, in bytes. */
const KEY = { min: 24, max: 64 };

/** Null: it is a secret as Standard Webhooks has it. */
export function secretProblem(secret: string): string | null {
  const key = keyOf(secret);
  if (key !== null && key.length >= KEY.min && key.length <= KEY.max) return null;
  return `must be ${PREFIX} and ${KEY.min} to ${KEY.max} random bytes in base64, as in whsec_$(openssl rand -base64 32)`;
}

/**
 * The headers of Standard Webhooks 1.0.0: receivers verify them with any of its libraries.
 * @param secrets each signs, so that a receiver may know either while it changes over
 */
export function webhookHeaders(
  secrets: readonly string[],
  id: string,
  at: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = keyOf(secret) ?? Buffer.alloc(0);
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    ...(signatures.length > 0 && { "webhook-signature": signatures.join(" ") }),
  };
}

function keyOf(secret: string): Buffer | null {
  const text = secret.trim();
  if (!text.startsWith(PREFIX)) return null;
  const base64 = text.slice(PREFIX.length);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, "base64") : null;
}
