import type { CanaryQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";

export const CANARY = graphql(`
  query Canary($model: String!) {
    model(name: $model) {
      id
      production {
        id
        version
      }
      canary {
        id
        report {
          champion {
            ...CanaryArmRow
          }
          challenger {
            ...CanaryArmRow
          }
          fallbacks
          compared
          agreement
          meanShift
        }
      }
      canaries(first: 20) {
        id
        version
        champion
        share
        stopRule {
          minRows
          minAgreement
          maxFallbackShare
          metric
          maxLoss
        }
        startedAt
        startedBy
        endedAt
        endedBy
        outcome
        reason
      }
    }
  }

  fragment CanaryArmRow on CanaryArmReport {
    version
    predictions
    keys
    meanAnswer
    live {
      labelled
      auc
      logLoss
      accuracy
      rmse
      mae
    }
  }
`);

export const START = graphql(`
  mutation StartCanary($input: StartCanaryInput!) {
    startCanary(input: $input) {
      id
    }
  }
`);

export const END = graphql(`
  mutation EndCanary($model: String!, $promote: Boolean!, $reason: String!) {
    endCanary(model: $model, promote: $promote, reason: $reason) {
      id
      outcome
    }
  }
`);

type CanaryModel = NonNullable<CanaryQuery["model"]>;
export type CanaryData = CanaryModel["canaries"][number];
export type CanaryReportData = NonNullable<CanaryModel["canary"]>["report"];
