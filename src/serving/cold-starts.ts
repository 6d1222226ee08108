import { setImmediate as nextTurn } from "node:timers/promises";
import type { Deployment } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import type { ModelVersion } from "../registry/model.js";
import { answerAt, ScoreFailure } from "./answers.js";
import type { ArmOfAnswer } from "./canary-arm.js";
import type { FeaturePlans, ServedFeatures } from "./feature-plan.js";
import type { Values } from "./given-values.js";
import { missingFeatures } from "./missing-features.js";
import { answered, failedOutcome, isObserved, requireWhole, scoreError, toPrediction } from "./outcomes.js";
import type { ServedModel } from "./served-model.js";
import type { ColdOutcome, ColdRow, ColdStartRequest, ColdStartsRequest, Prediction } from "./types.js";

/** What answers a request: the loaded model, and its version as it is registered at this moment. */
export interface Resolved {
  served: ServedModel;
  version: ModelVersion;
  /** Of a canary that runs; absent where none does. */
  ofCanary?: ArmOfAnswer;
}

/** What a row of given values makes of a version's features. */
interface Given {
  brought: Values;
  features: ServedFeatures;
}

/** Rows that are read without letting other requests pass: a few milliseconds' worth. */
const READ_TOGETHER = 128;

/** Answers about who has no row yet: every stored feature that the version takes, or computes from, is given. */
export class ColdStarts {
  constructor(
    private readonly definitions: Deployment,
    private readonly plans: FeaturePlans,
    private readonly observe: (predictions: Iterable<Prediction>) => void,
  ) {}

  /** @throws {BadUserInputError} a value is missing, unknown, of another type or out of its range */
  async predict({ served, version }: Resolved, request: ColdStartRequest): Promise<Prediction> {
    const { brought, features } = this.#read(version, request);
    const answer = await served.score(features.values).catch((error: Error) => {
      throw error instanceof ScoreFailure ? scoreError(this.definitions, error, null, version) : error;
    });
    const prediction = toPrediction(null, features, brought, version, answer);
    if (isObserved(request)) this.observe([prediction]);
    return prediction;
  }

  /** An outcome per row, in the rows' order; a bad one fails alone, unless the call is whole. */
  async predictMany(
    { served, version }: Resolved,
    { rows, ...request }: ColdStartsRequest,
  ): Promise<ColdOutcome[]> {
    const given: (Given | BadUserInputError)[] = [];
    for (const [place, row] of rows.entries()) {
      if (place > 0 && place % READ_TOGETHER === 0) await nextTurn();
      given.push(this.#tryReading(version, row));
    }
    const usable = given.filter((each): each is Given => !(each instanceof BadUserInputError));
    const scores = await served.scoreEach(usable.map(({ features }) => features.values));
    let next = 0;
    const outcomes = given.map((row): ColdOutcome => {
      if (row instanceof BadUserInputError) return failedOutcome(row);
      const place = next++;
      const failure = scores.failures.get(place);
      if (failure) return failedOutcome(scoreError(this.definitions, failure, null, version));
      const answer = answerAt(scores, place);
      return { prediction: toPrediction(null, row.features, row.brought, version, answer), error: null };
    });
    if (request.whole) requireWhole(outcomes);
    if (isObserved(request)) this.observe(answered(outcomes));
    return outcomes;
  }

  #tryReading(version: ModelVersion, row: ColdRow): Given | BadUserInputError {
    try {
      return this.#read(version, row);
    } catch (error) {
      if (error instanceof BadUserInputError) return error;
      throw error;
    }
  }

  #read(version: ModelVersion, { features: given, request }: ColdRow): Given {
    const plan = this.plans.of(version);
    const brought = this.plans.request(version.model).read(request);
    const values = this.plans.features(version.model).read(given, plan.stored);
    const features = plan.complete(plan.given(values), brought);
    const missing = missingFeatures(features, version.signature);
    if (missing.length === 0) return { brought, features };
    throw new BadUserInputError(
      `version ${version.version} of ${version.model} has no answer without ${plan.lacking(features, missing).join(", ")}; give a value`,
      { missingFeatures: missing },
    );
  }
}
