import { isTimeZone } from "../../../values/local-time.js";
import type { Column } from "../column.js";
import { factsOf, isColumnType, NO_SUCH_TYPE } from "../column-types/registry.js";
import type { Refuse } from "../contradictions.js";

/** What a column declares of its values. */
export function checkColumn({ type, min, max, oneOf, zone }: Column, refuse: Refuse): void {
  if (!isColumnType(type)) {
    refuse(`there is no type ${type}; ${NO_SUCH_TYPE}`);
    return;
  }
  if (oneOf?.length === 0) refuse("oneOf allows no value");
  if (zone !== undefined && (type !== "timestamp" || !isTimeZone(zone)))
    refuse(
      `zone ${JSON.stringify(zone)} must be a timestamp's zone of the IANA database, such as "Europe/Berlin"`,
    );
  checkBounds({ type, min, max }, refuse);
}

function checkBounds({ type, min, max }: Pick<Column, "type" | "min" | "max">, refuse: Refuse): void {
  const { bound, words } = factsOf(type);
  const [lower, upper] = [
    { name: "min", given: min },
    { name: "max", given: max },
  ].map(({ name, given }) => {
    if (given === undefined) return null;
    const order = bound?.(given) ?? null;
    if (!bound) refuse(`${name} ${JSON.stringify(given)}: a ${type} has no bounds`);
    else if (order === null) refuse(`${name} ${JSON.stringify(given)} ${words}`);
    return order;
  });
  if (lower != null && upper != null && lower > upper) refuse(`min ${min} is above max ${max}`);
}
