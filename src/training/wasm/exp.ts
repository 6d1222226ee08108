import { type Code, f64, get, i64, set } from "./assembler.js";

/** Terms of the Taylor polynomial: on |r| <= ln 2 / 2 the remainder is below 3e-13, the gradients' rounding is 2e-7. */
const DEGREE = 10;

/**
 * Code that leaves exp(x) of the float64 `x`, taken within ±700; `scratch` are two float64 locals. exp is taken as 2^n times a
 * polynomial (Cody & Waite's reduction).
 */
export function exponential(x: Code, scratch: readonly [number, number]): Code {
  const [n, r] = scratch;
  const clamped = f64.max(f64.min(x, f64.const(700)), f64.const(-700));
  let polynomial = f64.const(1 / factorial(DEGREE));
  for (let k = DEGREE - 1; k >= 0; k--) {
    polynomial = f64.add(f64.mul(polynomial, get(r)), f64.const(1 / factorial(k)));
  }
  const power = f64.reinterpret(i64.shl(i64.add(i64.truncate(get(n)), i64.const(1023n)), i64.const(52n)));
  return [
    ...set(r, clamped),
    ...set(n, f64.nearest(f64.mul(get(r), f64.const(Math.LOG2E)))),
    ...set(r, f64.sub(get(r), f64.mul(get(n), f64.const(0.6931471803691238)))),
    ...set(r, f64.sub(get(r), f64.mul(get(n), f64.const(1.9082149292705877e-10)))),
    ...f64.mul(polynomial, power),
  ];
}

/** Code that leaves 1 / (1 + exp(-x)). */
export function sigmoid(x: Code, scratch: readonly [number, number]): Code {
  const negative = exponential(f64.mul(x, f64.const(-1)), scratch);
  return f64.div(f64.const(1), f64.add(f64.const(1), negative));
}

function factorial(k: number): number {
  return k < 2 ? 1 : k * factorial(k - 1);
}
