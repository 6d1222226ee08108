/** A run's id as MLflow writes it: the digits of its UUID. */
export const runHex = (uuid: string): string => uuid.replaceAll("-", "");

const HEX = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/** Of either way to write it; null where it is neither. */
export function runUuid(id: string): string | null {
  const parts = HEX.exec(id);
  return parts ? parts.slice(1).join("-").toLowerCase() : null;
}
