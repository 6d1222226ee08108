import type { FeatureState, UserFeatures } from "../features/types.js";
import type { ModelSignature } from "../registry/model.js";

/** Per feature of a signature, whether the model cannot do without a value. */
const requirements = new WeakMap<ModelSignature, ReadonlyMap<string, boolean>>();

const NONE: readonly string[] = [];

/** What the model needs and the answer lacks; an empty value is lacking only where the model cannot do without. */
export function missingFeatures(
  { statuses }: Pick<UserFeatures, "statuses">,
  signature: ModelSignature,
): readonly string[] {
  const requires = requirementsOf(signature);
  let usable = 0;
  for (const { name, status } of statuses) if (isUsable(status, requires.get(name))) usable++;
  if (usable === requires.size) return NONE;
  const states = new Map(statuses.map(({ name, status }) => [name, status]));
  return [...requires].flatMap(([name, required]) => (isUsable(states.get(name), required) ? [] : [name]));
}

function requirementsOf(signature: ModelSignature): ReadonlyMap<string, boolean> {
  let requires = requirements.get(signature);
  if (!requires) {
    requires = new Map(signature.features.map(({ name, required }) => [name, required === true]));
    requirements.set(signature, requires);
  }
  return requires;
}

/** @param required undefined: the model does not take the feature */
function isUsable(status: FeatureState | undefined, required: boolean | undefined): boolean {
  if (required === undefined) return false;
  return status === "PRESENT" || (status === "NULL_VALUE" && !required);
}
