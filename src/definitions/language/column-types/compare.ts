import type { ColumnType, Order } from "./column-type.js";
import { factsOf, kindOf } from "./registry.js";

/** Below 0 where the first is less, above where it is greater; NaN where one of the texts is no value of its type. */
export type Compare = (first: string, second: string) => number;

/** What texts of a type, as asof writes them, are compared by; null where a text is none. */
export function orderOf(type: ColumnType): (text: string) => Order | null {
  return factsOf(type).reader<Order | null>(
    (order) => order,
    () => null,
    {},
  );
}

/** How values of these types are compared, exactly but for a decimal and a float; null: they cannot be. */
export function comparer(first: ColumnType, second: ColumnType): Compare | null {
  const kinds = [kindOf(first), kindOf(second)];
  const isNumber = ({ profile }: { profile: string }) => profile === "numbers";
  if (!isNumber(factsOf(first)) || !isNumber(factsOf(second)))
    return first === second && factsOf(first).bound ? byOrder(orderOf(first), orderOf(second)) : null;
  if (!kinds.includes("decimal")) return byOrder(orderOf(first), orderOf(second));
  if (kinds.includes("float")) return byOrder(Number, Number);
  const scale = Math.max(scaleOf(first), scaleOf(second));
  return byOrder(scaled(first, scale), scaled(second, scale));
}

const scaleOf = (type: ColumnType): number => Number(/,(\d+)\)$/.exec(type)?.[1] ?? 0);

/** The number times 10 to the power of `scale`. */
function scaled(type: ColumnType, scale: number): (text: string) => bigint | null {
  const read = orderOf(type);
  const factor = 10n ** BigInt(scale - scaleOf(type));
  return (text) => {
    const order = read(text);
    return order === null ? null : BigInt(order) * factor;
  };
}

function byOrder(first: (text: string) => Order | null, second: (text: string) => Order | null): Compare {
  return (a, b) => {
    const [left, right] = [first(a), second(b)];
    if (left === null || right === null) return Number.NaN;
    if (left < right) return -1;
    return left > right ? 1 : 0;
  };
}
