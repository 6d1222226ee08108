import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { POINTS } from "./holds.js";
import { IN_SUITE, KINDS, prepare, strictDefinitions, writeMonths } from "./kinds.js";
import { ALWAYS_MET, placesOf, Stands, settled } from "./stands.js";

/** `npm run test:faults`: every point of every step, one after the other in one run. Else those of IN_SUITE. */
const GRID = process.env.FAULTS === "all";

let stands: Stands;
beforeAll(async () => {
  stands = await Stands.start((dataDir) => {
    writeMonths(dataDir);
    return strictDefinitions(dataDir);
  });
  await Promise.all([prepare(stands.undisturbed.api), prepare(stands.killed.api)]);
}, 300_000);
afterAll(() => stands?.stop());

describe(`a process that is killed (SIGKILL) at ${GRID ? "each" : "a"} step`, () => {
  afterEach(() => stands.holds.clear());

  it.each(Object.keys(KINDS) as (keyof typeof KINDS)[])(
    "of %s leaves, once another has gone on, what one undisturbed leaves",
    async (kind) => {
      const { undisturbed, killed, holds } = stands;
      const reference = await KINDS[kind](undisturbed.api);
      await settled(undisturbed, reference);
      const places = await placesOf(undisturbed, reference);
      const grid = places.flatMap((place) => POINTS.map((point) => ({ ...place, point })));
      await holds.arm(kind, GRID ? grid : IN_SUITE[kind]);
      const id = await KINDS[kind](killed.api);
      const kills = await stands.killAtEachHold(id);
      const missed = await holds.clear();
      if (GRID) console.log(`${kind}: ${kills.length} kills: ${kills.join(", ")}`);
      expect(missed.filter(({ point }) => !GRID || ALWAYS_MET.includes(point))).toEqual([]);
      await settled(killed, id);
      await stands.expectTheSame(kind);
      // The same again that another process made.
      if (kind === "REPRODUCE") expect((await killed.api.finished(id)).result.identical).toBe(true);
    },
    GRID ? 1_200_000 : 360_000,
  );
});
