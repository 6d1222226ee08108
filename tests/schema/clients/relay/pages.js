import { graphql } from "relay-runtime";

export const runs = graphql`
  fragment pages_runs on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }, where: { type: "RunFilter" })
  @refetchable(queryName: "pagesRunsQuery") {
    runs(where: $where, first: $count, after: $cursor) @connection(key: "pages_runs", filters: ["where"]) {
      edges {
        node {
          id
          ...pages_run
        }
      }
      totalCount
    }
  }
`;

export const run = graphql`
  fragment pages_run on Run
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesRunQuery") {
    kind
    status
    artifacts(first: 10) {
      name
      url
    }
    quarantined(first: $count, after: $cursor) @connection(key: "pages_run_quarantined") {
      edges {
        node {
          source
          line
        }
      }
    }
    snapshot {
      ...pages_snapshot
    }
  }
`;

export const experiments = graphql`
  fragment pages_experiments on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesExperimentsQuery") {
    experiments(first: $count, after: $cursor) @connection(key: "pages_experiments") {
      edges {
        node {
          ...pages_experiment
        }
      }
    }
  }
`;

export const experiment = graphql`
  fragment pages_experiment on Experiment
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesExperimentQuery") {
    name
    state
    runs(first: $count, after: $cursor) @connection(key: "pages_experiment_runs") {
      edges {
        node {
          ...pages_run
        }
      }
    }
  }
`;

export const deliveries = graphql`
  fragment pages_deliveries on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesDeliveriesQuery") {
    deliveries(first: $count, after: $cursor) @connection(key: "pages_deliveries") {
      edges {
        node {
          name
          lastRun {
            ...pages_run
          }
        }
      }
      scannedAt
    }
  }
`;

export const snapshots = graphql`
  fragment pages_snapshots on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesSnapshotsQuery") {
    snapshots(first: $count, after: $cursor) @connection(key: "pages_snapshots") {
      edges {
        node {
          ...pages_snapshot
        }
      }
    }
  }
`;

export const snapshot = graphql`
  fragment pages_snapshot on Snapshot @refetchable(queryName: "pagesSnapshotQuery") {
    asOf
    revision
    state
  }
`;

export const users = graphql`
  fragment pages_users on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesUsersQuery") {
    users(first: $count, after: $cursor) @connection(key: "pages_users") {
      edges {
        node {
          ...pages_user
        }
      }
    }
  }
`;

export const user = graphql`
  fragment pages_user on User @refetchable(queryName: "pagesUserQuery") {
    userId
    signupDate
    prediction {
      probability
    }
  }
`;

export const entityRows = graphql`
  fragment pages_entityRows on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesEntityRowsQuery") {
    entityRows(entity: "user", first: $count, after: $cursor) @connection(key: "pages_entityRows") {
      edges {
        node {
          ...pages_entityRow
        }
      }
    }
  }
`;

export const entityRow = graphql`
  fragment pages_entityRow on EntityRow @refetchable(queryName: "pagesEntityRowQuery") {
    key
    attributes
  }
`;

export const predictions = graphql`
  fragment pages_predictions on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesPredictionsQuery") {
    predictions(first: $count, after: $cursor) @connection(key: "pages_predictions") {
      edges {
        node {
          at
          key
        }
      }
    }
  }
`;

export const auditLog = graphql`
  fragment pages_auditLog on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "pagesAuditLogQuery") {
    auditLog(first: $count, after: $cursor) @connection(key: "pages_auditLog") {
      edges {
        node {
          at
          action
        }
      }
    }
  }
`;

export const model = graphql`
  fragment pages_model on RegisteredModel @refetchable(queryName: "pagesModelQuery") {
    name
    versions(first: 10) {
      ...pages_version
    }
  }
`;

export const version = graphql`
  fragment pages_version on ModelVersion @refetchable(queryName: "pagesVersionQuery") {
    version
    stage
  }
`;

export const view = graphql`
  fragment pages_view on FeatureView @refetchable(queryName: "pagesViewQuery") {
    name
  }
`;

export const schedule = graphql`
  fragment pages_schedule on Schedule @refetchable(queryName: "pagesScheduleQuery") {
    name
    nextAt
  }
`;

export const page = graphql`
  query pagesQuery($id: ID!) {
    ...pages_runs
    ...pages_snapshots
    ...pages_users
    ...pages_entityRows
    ...pages_predictions
    node(id: $id) {
      ...pages_run @alias(as: "run")
    }
    models(first: 10) {
      ...pages_model
    }
    featureViews {
      ...pages_view
    }
    schedules {
      ...pages_schedule
    }
  }
`;

export const promote = graphql`
  mutation pagesPromoteMutation($input: PromoteInput!) {
    promote(input: $input) {
      ...pages_version
    }
  }
`;

export const events = graphql`
  subscription pagesEventsSubscription($runId: ID!) {
    runEvents(runId: $runId) {
      message
      run {
        ...pages_run
      }
    }
  }
`;
