import { describeSingleKey } from "./single-key.js";

const range = /must be a whole number from -9223372036854775808 to 9223372036854775807 \(bigint\); got/;
describeSingleKey({
  type: "bigint",
  keys: [
    "-9223372036854775808",
    ...Array.from({ length: 110 }, (_, i) => String(i * 3)),
    ...["9007199254740992", "9007199254740993", "9007199254740994", "9223372036854775807"],
  ],
  otherForms: ["-09223372036854775808", "-9223372036854775808.0"],
  wrong: [
    ["9223372036854775808", range],
    ["-9223372036854775809", range],
    ["0x10", range],
    ["", /it is empty/],
  ],
  json: String,
  parquet: BigInt,
});
