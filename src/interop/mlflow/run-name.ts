import { randomInt } from "node:crypto";

const FIRST =
  "amber bold brisk calm clear deft eager fair fleet fond grand keen kind lively merry mild noble proud quick quiet sharp steady sunny warm".split(
    " ",
  );
const SECOND =
  "ash birch cedar crane dune elm falcon fern finch heron ibex lark linden lynx maple marten otter owl pine raven robin swift thrush willow".split(
    " ",
  );

/** For a run that is begun without a name: three parts that people can say to each other. */
export const inventName = (): string =>
  `${FIRST[randomInt(FIRST.length)]}-${SECOND[randomInt(SECOND.length)]}-${randomInt(1000)}`;
