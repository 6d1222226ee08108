import { describeSingleKey } from "./single-key.js";

const uuid = (i: number) => `${String(i).padStart(8, "0")}-9d54-4c7a-8f10-2b6e5a7c9dab`;
describeSingleKey({
  type: "uuid",
  keys: Array.from({ length: 110 }, (_, i) => uuid(i)),
  otherForms: [uuid(0).toUpperCase()],
  wrong: [
    ["00000000-9d54-4c7a-8f10-2b6e5a7c9da", /must be a UUID such as/],
    ["{00000000-9d54-4c7a-8f10-2b6e5a7c9dab}", /must be a UUID such as/],
    ["", /it is empty/],
  ],
  json: String,
  parquet: String,
});
