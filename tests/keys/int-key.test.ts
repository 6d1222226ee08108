import { describeSingleKey } from "./single-key.js";

const range = /must be a whole number from -2147483648 to 2147483647 \(int\); got/;
describeSingleKey({
  type: "int",
  keys: ["-2147483648", "-7", ...Array.from({ length: 110 }, (_, i) => String(i)), "2147483647"],
  otherForms: ["-2147483648.0", "-02147483648", -2_147_483_648],
  wrong: [
    ["2147483648", range],
    ["1.5", range],
    ["seven", range],
    ["", /it is empty/],
  ],
  json: Number,
  parquet: Number,
});
