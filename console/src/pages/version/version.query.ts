import { graphql } from "../../graphql/index.js";

export const VERSION = graphql(`
  query Version($model: String!, $version: Int!) {
    model(name: $model) {
      id
      production {
        id
        version
        run: judgedBy {
          id
        }
      }
    }
    predictions(model: $model, version: $version, first: 3) {
      nodes {
        at
        key
        prediction
        probability
        value
        class
        featuresSha256
      }
    }
    modelVersion(model: $model, version: $version) {
      id
      model
      version
      stage
      status
      statusMessage
      createdAt
      algorithm
      description
      sha256
      bytes
      threshold
      importedFrom {
        archive
        signedBy
        origin {
          deployment
          version
          runId
        }
        from {
          deployment
          version
        }
      }
      servable
      notServable
      warnings
      signature {
        inputs {
          name
          type
          shape
          features
        }
        outputs {
          name
          type
          shape
        }
        features {
          name
          kind
          type
          required
        }
      }
      evaluation {
        rows
        roc {
          x
          y
          threshold
          count
        }
        precisionRecall {
          x
          y
          threshold
          count
        }
        calibration {
          x
          y
          count
        }
        uncalibrated {
          x
          y
          count
        }
        decision {
          kind
          settings
          rows
          precision
          recall
          f1
          calibrationAsked
          calibration
        }
        lift {
          x
          y
          threshold
          count
        }
        thresholds {
          threshold
          truePositives
          falsePositives
          trueNegatives
          falseNegatives
        }
        residuals {
          from
          to
          count
        }
        classes
        confusion
        perClass {
          class
          rows
          called
          precision
          recall
          f1
          auc
        }
        importances {
          feature
          permutation
          gain
          shap
          shapByClass
        }
      }
      run: judgedBy {
        id
        kind
        actor
        params
        gitCommit
        environment
        latestMetrics(first: 200) {
          name
          value
          text
        }
      }
      snapshots {
        id
        asOf
        revision
        state
        contentSha256
        rowCount
        run {
          id
        }
        sources {
          name
          bytes
          rowCount
          sha256
        }
      }
      transitions(first: 50) {
        id
        from
        to
        at
        actor
        reason
        forced
        gates {
          name
          passed
          message
        }
      }
    }
  }
`);
