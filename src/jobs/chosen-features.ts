import { SEES_PERSONAL } from "../auth/personal-access.js";
import type { PersonalColumns } from "../definitions/language/personal.js";
import { PersonalValuesError } from "../errors/auth-errors.js";
import { BadUserInputError } from "../errors/errors.js";
import { suggestion } from "../values/suggestion.js";

/**
 * Of the features that can be written those that are asked for, all of them unless some are named. Those that whoever asks may
 * not see are left out, unless they are named: then the request is refused.
 * @param whose features `known` are, for errors
 * @throws {PersonalValuesError} a feature that is named is not for whoever asks, or none is
 * @throws {BadUserInputError} one is unknown or named twice, or none is asked for
 */
export function chosenFeatures(
  known: readonly string[],
  asked: readonly string[] | null | undefined,
  masked: PersonalColumns | null,
  whose: string,
): string[] {
  const hidden = (asked ?? known).filter((name) => known.includes(name) && masked?.hasFeature(name));
  const left = asked ? [] : known.filter((name) => !hidden.includes(name));
  if (left.length > 0) return left;
  if (hidden.length > 0) throw new PersonalValuesError("features", hidden, SEES_PERSONAL);
  const chosen = asked ?? known;
  const unknown = chosen.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new BadUserInputError(
      `features: ${JSON.stringify(unknown.slice(0, 100))} is no feature of ${whose}; take of ${known.join(", ")}${suggestion(unknown, known)}`,
    );
  }
  const twice = chosen.find((name, index) => chosen.indexOf(name) !== index);
  if (twice !== undefined) throw new BadUserInputError(`features: ${twice} is named twice; name it once`);
  if (chosen.length === 0) throw new BadUserInputError("features: at least one was expected; got none");
  return [...chosen];
}
