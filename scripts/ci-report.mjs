// What .ci/run reads from the reports of vitest.
//   failed REPORT        the files that failed, a line each
//   count REPORT...      the closing line "N passed, N failed"; a file counts as its last try ended
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const [command, ...reports] = process.argv.slice(2);
const filesOf = (report) => {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  return text ? JSON.parse(text).testResults : [];
};
const nameOf = (file) => relative(process.cwd(), file.name);
const count = (file, status) => file.assertionResults.filter((test) => test.status === status).length;
// A file that does not load has no tests to count: it counts as one failure.
const failures = (file) =>
  file.status === "failed" ? Math.max(count(file, "failed"), 1) : count(file, "failed");

if (command === "failed") {
  for (const file of filesOf(reports[0]).filter((file) => failures(file) > 0)) console.log(nameOf(file));
} else {
  // By its try: "again" is later than "all", whatever the order of their names.
  const tries = reports.sort((a, b) => Number(a.endsWith("again.json")) - Number(b.endsWith("again.json")));
  const last = new Map();
  for (const report of tries) {
    for (const file of filesOf(report)) {
      const before = last.get(file.name);
      if (before && failures(before) > 0 && failures(file) === 0) {
        console.log(`${nameOf(file)} failed beside the others (${failures(before)}) and passed alone`);
      }
      last.set(file.name, file);
    }
  }
  const files = [...last.values()];
  const passed = files.reduce((sum, file) => sum + count(file, "passed"), 0);
  let failed = files.reduce((sum, file) => sum + failures(file), 0);
  // So does an error outside of any test.
  if (passed === 0 || Number(process.env.STATUS) !== 0) failed = Math.max(failed, 1);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
