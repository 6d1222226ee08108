import { builtInLearners } from "../../src/training/front.js";
import { naiveBayes } from "./naive-bayes.js";

/** What training threads take their records from; tests/extending/learner.test.ts compiles it, as who deploys would. */
export default { learners: [...builtInLearners, naiveBayes] };
