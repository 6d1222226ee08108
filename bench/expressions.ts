/**
 * npm run bench:expressions: what one value of a derived feature costs, by the row as predictions ask for it and by rows
 * as training reads them. Medians of rounds in turns, in nanoseconds of CPU.
 */

import { leavesOf } from "../src/definitions/language/expression/tree.js";
import { col, float, source, when } from "../src/definitions/language/front.js";
import { readPlan } from "../src/features/derived-columns.js";

const table = source("loans", { columns: { amount: float(), months: float(), income: float() } });
const expressions = {
  "amount / income": table.amount.div(table.income),
  "(amount / months) / income": table.amount.div(table.months).div(table.income),
  "log(amount + 1)": table.amount.add(1).log(),
  "if amount > 1000 then amount / income else 0": when(
    table.amount.gt(1_000),
    table.amount.div(table.income),
    0,
  ),
  "bucket(income, [1000, 2000, 4000])": col(table, "income").bucket([1_000, 2_000, 4_000]),
};

const ROWS = 200_000;
const rows = Array.from({ length: ROWS }, (_, i) => [
  100 + (i % 9_000),
  6 + (i % 60),
  i % 97 === 0 ? null : 900 + (i % 4_000),
]);
for (const [text, { tree }] of Object.entries(expressions)) {
  const names = ["amount", "months", "income"];
  const column = (name: string) => ({ name, type: "float" as const, source: "loans", column: name });
  const inputs = leavesOf(tree).map(({ name }) => column(name));
  const plan = readPlan([...names.map(column), { name: "derived", type: "float", expression: tree, inputs }]);
  const complete = plan.complete!;
  const rounds = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    for (const row of rows) complete(row);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1_000) / ROWS;
  });
  const median = rounds.sort((a, b) => a - b)[4]!;
  console.log(`${median.toFixed(0).padStart(5)} ns a row of 3 columns and ${text}`);
}
