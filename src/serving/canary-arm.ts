import type { ModelVersion } from "../registry/model.js";
import { murmur3 } from "../training/murmur3.js";
import type { CanaryArm } from "../values/canary.js";
import type { ServedModel } from "./served-model.js";

/** A canary as this process has it. */
export interface LoadedCanary {
  id: number;
  share: number;
  /** The version that was in Production when it began: it ends with another. */
  champion: number;
  /** Null: it could not be loaded, and the champion answers in its place. */
  challenger: { served: ServedModel; version: ModelVersion } | null;
}

/** Of a prediction that was made while a canary ran. */
export interface ArmOfAnswer {
  canary: number;
  arm: CanaryArm;
  /** It was the challenger's to answer, and could not be. */
  isFallback: boolean;
}

/**
 * Whether the key is the challenger's: the same in every process for as long as the canary runs. Of another canary it is another
 * draw, and so it is of a training, which holds keys out by their bare hash.
 */
export const isChallenged = ({ id, share }: Pick<LoadedCanary, "id" | "share">, key: string): boolean =>
  murmur3(`canary ${key}`, id) < share * 2 ** 32;
