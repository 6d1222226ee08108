import type { Refuse } from "./contradictions.js";

/** How regularly a source comes. */
export interface Cadence {
  /**
   * `always`: a delivery that lacks it is refused (the default). `sometimes`: such a delivery is published without it, and what
   * is known of it stays current, with the date it holds from.
   */
  readonly delivered?: "always" | "sometimes";
}

/** What `delivered` may say; the first is the default. */
const CADENCES = ["always", "sometimes"] as const satisfies readonly NonNullable<Cadence["delivered"]>[];

export const isCadence = (given: unknown): given is (typeof CADENCES)[number] =>
  (CADENCES as readonly unknown[]).includes(given);

export function checkCadence({ delivered }: Cadence, refuse: Refuse): void {
  if (delivered !== undefined && !isCadence(delivered))
    refuse(
      `delivered ${JSON.stringify(delivered)} must be ${CADENCES.map((each) => `"${each}"`).join(" or ")}`,
    );
}

export const isSometimes = ({ delivered }: Cadence): boolean => delivered === "sometimes";
