/**
 * What fields cost, beside the objects they answer, as `complexity` of their declaration and in the limit of a request
 * (src/http/limits): a field that has a resolver and says nothing costs a look-up.
 */
export const IN_MEMORY = 0;
/** One row of an index found for one parent; what that takes of this process is more than what it takes of the database. */
export const LOOK_UP = 20;
/** Every row of a list is read by the database and made an object. */
export const ROW = 4;
/** A table of the run engine is searched. */
export const SCAN = 100;
/** A list is walked and counted. */
export const COUNT = 1_000;
/** What reads and computes for seconds; one of each kind is under way at a time. */
export const COMPUTATION = 4_000;
/** Files of a version are read and made some hundreds of objects. */
export const EVALUATION = 500;
/** A version's file is compared with its hash; the first time in a process it is loaded. */
export const SERVABILITY = 20;
/** What each feature adds to one prediction: milliseconds of this process. */
export const EXPLANATION = 20;
/** Of a list whose length nothing in the request says. */
export const ASSUMED_LENGTH = 10;
