import { expect, test } from "vitest";
import { mistakesOf, shadeOf } from "../../console/src/pages/version/confusion.js";
import { lineageOf } from "../../console/src/pages/version/lineage.js";
import { marksAt, nearestTo, ratesAt } from "../../console/src/pages/version/rates.js";
import { lineBetween } from "../../console/src/parts/lineage-lines.js";

const ROW = { threshold: 0.4, truePositives: 30, falsePositives: 20, trueNegatives: 140, falseNegatives: 10 };

test("rates at a threshold are those of its four counts", () => {
  expect(ratesAt(ROW)).toEqual({
    rows: 200,
    called: 50,
    precision: 0.6,
    recall: 0.75,
    f1: 60 / 90,
    accuracy: 0.85,
    falsePositiveRate: 0.125,
  });
});

test("where nothing is called positive there is no precision, and no place on its curve", () => {
  const none = { threshold: 1, truePositives: 0, falsePositives: 0, trueNegatives: 160, falseNegatives: 40 };
  expect(ratesAt(none)).toMatchObject({ called: 0, precision: null, recall: 0, f1: 0, accuracy: 0.8 });
  expect(marksAt(none)).toEqual({ roc: { x: 0, y: 0 }, precisionRecall: null, lift: null });
});

test("the threshold stands on the curves where its counts put it", () => {
  expect(marksAt(ROW)).toEqual({
    roc: { x: 0.125, y: 0.75 },
    precisionRecall: { x: 0.75, y: 0.6 },
    lift: { x: 0.25, y: expect.closeTo(3, 12) },
  });
});

test.each([
  [0.3, 1],
  [0.39, 2],
  [-5, 0],
  [9, 2],
])("of the thresholds 0.1, 0.3 and 0.4 the nearest to %d is the one at place %d", (asked, place) => {
  expect(nearestTo([{ threshold: 0.1 }, { threshold: 0.3 }, { threshold: 0.4 }], asked)).toBe(place);
});

test.each([
  [0, 40, 0],
  [1, 40, 0],
  [2, 40, 1],
  [8, 40, 2],
  [20, 40, 3],
  [32, 40, 4],
  [40, 40, 4],
  [0, 0, 0],
])("%i of a class' %i rows have shade %i", (count, rows, shade) => {
  expect(shadeOf(count, rows)).toBe(shade);
});

test("what is mistaken most often comes first, and what is right is no mistake", () => {
  const confusion = [
    [10, 1, 0],
    [4, 20, 1],
    [0, 0, 5],
  ];
  expect(mistakesOf(["a", "b", "c"], confusion)).toEqual([
    { is: "b", takenFor: "a", count: 4, rows: 25 },
    { is: "a", takenFor: "b", count: 1, rows: 11 },
    { is: "b", takenFor: "c", count: 1, rows: 25 },
  ]);
});

test("lineage goes from the answers back to the files, each file once, and says what each was made from", () => {
  const sha256 = (letter: string) => letter.repeat(64);
  const snapshot = (asOf: string, hash: string, files: readonly string[]) => ({
    ...{ id: `snapshot:${asOf}:1`, asOf, revision: 1, state: "PUBLISHED" as const, rowCount: 10 },
    ...{ contentSha256: sha256(hash), run: { id: `ingest-${asOf}` } },
    sources: files.map((file) => ({ name: `file ${file}`, bytes: 1200, rowCount: 5, sha256: sha256(file) })),
  });
  const version = {
    ...{ id: "version:my model:3", model: "my model", version: 3, stage: "STAGING", sha256: sha256("f") },
    ...{ bytes: 2000, run: { id: "run-1", kind: "TRAIN", actor: "ann", gitCommit: null, environment: {} } },
    snapshots: [snapshot("2024-01-31", "d", ["a", "b"]), snapshot("2024-02-29", "e", ["b", "c"])],
  } as Parameters<typeof lineageOf>[0];
  const answer = { label: "U-1", detail: "answered 1", featuresSha256: sha256("9"), to: "/users/U-1" };
  const stages = lineageOf(version, [answer]);
  expect(stages.map(({ title, nodes }) => [title, nodes.length])).toEqual([
    ["Predictions", 2],
    ["Version", 1],
    ["Run", 1],
    ["Snapshots", 2],
    ["Files", 3],
  ]);
  const nodes = stages.flatMap(({ nodes }) => nodes);
  const ids = new Set(nodes.map(({ id }) => id));
  expect(ids.size).toBe(nodes.length);
  for (const { from } of nodes) for (const id of from) expect(ids).toContain(id);
  expect(nodes.map(({ to }) => to)).toEqual([
    "/users/U-1",
    "/predictions?model=my%20model",
    "/models/my%20model/3",
    "/runs/run-1",
    "/snapshots/2024-01-31?revision=1",
    "/snapshots/2024-02-29?revision=1",
    ...["/runs/ingest-2024-01-31", "/runs/ingest-2024-01-31", "/runs/ingest-2024-02-29"],
  ]);
  // Both snapshots were made from the second file.
  const made = nodes.filter(({ from }) => from.includes(`file ${sha256("b")}`));
  expect(made.map(({ label }) => label)).toEqual(["2024-01-31 revision 1", "2024-02-29 revision 1"]);
});

test("a line goes from side to side where there is room, along the edge where there is not, to what was made", () => {
  const made = { x: 30, y: 0, width: 100, height: 20 };
  expect(lineBetween({ ...made, x: 200, y: 40 }, made, 0)).toBe("M200 50C165 50 165 10 130 10");
  expect(lineBetween({ ...made, y: 40 }, made, 0)).toBe("M30 50H18V10H30");
  expect(lineBetween({ ...made, y: 40 }, made, 1)).toBe("M30 50H12V10H30");
  expect(lineBetween(undefined, made, 0)).toBeNull();
});
