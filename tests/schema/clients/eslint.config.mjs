import graphql from "@graphql-eslint/eslint-plugin";

const { configs, parser } = graphql;

const PAGE = "part of a page; what it holds has the id";
const PART = "part of the object that holds it, which has the id";
const DECLARED = "declared, and known by its name";
const ANSWER = "computed for one request; nothing to be found again";

/** What breaks a rule on purpose, by rule: a type, or a field. */
const EXCEPTIONS = {
  "@graphql-eslint/strict-id-in-types": {
    PageInfo: "as Relay's specification has it",
    EntityRowConnection: PAGE,
    EntityRowEdge: PAGE,
    AuditLogConnection: PAGE,
    AuditEntryEdge: PAGE,
    PredictionLogConnection: PAGE,
    PredictionLogEdge: PAGE,
    MutationDefinition: "known by its name",
    Delivery: "known by its name",
    DeliveredFile: PART,
    DeliveryConnection: PAGE,
    DeliveryEdge: PAGE,
    QuarantinedRowConnection: PAGE,
    QuarantinedRowEdge: PAGE,
    ExperimentConnection: PAGE,
    ExperimentEdge: PAGE,
    RunConnection: PAGE,
    RunEdge: PAGE,
    SnapshotConnection: PAGE,
    SnapshotEdge: PAGE,
    UserConnection: PAGE,
    UserEdge: PAGE,
    Deployment: DECLARED,
    Entity: DECLARED,
    EntityKey: DECLARED,
    FeatureService: DECLARED,
    FeatureDefinition: DECLARED,
    RequestFeature: DECLARED,
    ViewFreshness: PART,
    RunError: PART,
    RunStep: PART,
    Metric: PART,
    OtherOutcome: PART,
    EraseOutcome: PART,
    RegisterOutcome: PART,
    ErasedPlace: PART,
    ErasedArtifact: PART,
    OutsidePlace: PART,
    ErasedSource: PART,
    ErasureLift: ANSWER,
    ErasureReach: ANSWER,
    ModelRole: PART,
    RunRetentionReport: ANSWER,
    KeptRuns: PART,
    EventRetentionReport: ANSWER,
    ProtocolRole: PART,
    EventSourceRetention: PART,
    EventMonth: PART,
    FrozenDate: PART,
    ImportedFrom: PART,
    VersionPlace: PART,
    AlertRule: "known by its name",
    BelongingKeys: PART,
    IngestOutcome: PART,
    SourceRows: PART,
    ViewRows: PART,
    MaterializeOutcome: PART,
    TrainOutcome: PART,
    CompareOutcome: PART,
    ReproduceOutcome: PART,
    ReproductionDifference: PART,
    TuneOutcome: PART,
    TuneTrial: PART,
    ParityOutcome: PART,
    ParityOfView: PART,
    DriftOutcome: PART,
    ExternalOutcome: PART,
    ExportOutcome: PART,
    ExportedFile: PART,
    JoinOutcome: PART,
    TrainExternallyOutcome: PART,
    WithdrawOutcome: PART,
    ResnapshotOutcome: PART,
    BackfillOutcome: PART,
    BackfilledDate: PART,
    WithdrawnRows: PART,
    Artifact: "known by its SHA-256",
    Viewer: ANSWER,
    ApiToken: "known by its name while it holds",
    NewApiToken: ANSWER,
    ValidationReport: PART,
    ExpectationResult: PART,
    UnexpectedRow: PART,
    QuarantinedSource: PART,
    QuarantinedRow: PART,
    QuarantineReason: PART,
    SnapshotView: PART,
    SnapshotPart: PART,
    CarriedSource: PART,
    LateDate: PART,
    SourceFile: PART,
    Withdrawal: PART,
    ModelSignature: PART,
    TensorSpec: PART,
    ModelFeature: PART,
    ModelAlias: PART,
    GateResult: PART,
    PromotionCheck: ANSWER,
    HeldOutComparison: ANSWER,
    VersionComparison: ANSWER,
    HeldOutMetric: ANSWER,
    Evaluation: PART,
    CurvePoint: PART,
    DecisionSummary: PART,
    ThresholdRow: PART,
    Importance: PART,
    ScheduleFiring: PART,
    Features: PART,
    FeatureStatus: PART,
    UserFeatures: ANSWER,
    FeatureStoreStatus: ANSWER,
    Health: ANSWER,
    HealthProblem: ANSWER,
    LiveMetrics: ANSWER,
    LivePoint: ANSWER,
    ShadowComparison: ANSWER,
    ShadowTable: ANSWER,
    CanaryRule: PART,
    CanaryReport: ANSWER,
    CanaryArmReport: ANSWER,
    Prediction: ANSWER,
    ClassProbability: ANSWER,
    ClassEvaluation: PART,
    LoggedPrediction: "a line of a log; it has no name of its own",
    Contribution: ANSWER,
    PredictionOutcome: ANSWER,
    PredictionError: ANSWER,
    RunComparison: ANSWER,
    ComparedValue: ANSWER,
    SnapshotDiff: ANSWER,
    ViewDiff: ANSWER,
    FeatureDiff: ANSWER,
    ValueShare: ANSWER,
    FeatureProfile: PART,
    HistogramBin: PART,
    ValueCount: PART,
    DriftPoint: "known by its model, date and feature",
    PushResult: ANSWER,
    PushedRow: ANSWER,
    PushWarning: ANSWER,
    RetentionReport: ANSWER,
    RetentionDate: ANSWER,
  },
  "@graphql-eslint/no-typename-prefix": {
    "User.userId": "a column of the deployment's source",
    "User.userGender": "a column of the deployment's source",
    "User.userIsSenior": "a column of the deployment's source",
    "Prediction.prediction": "clients know the field by this name since 0.1.0",
    "Contribution.contribution": "clients know the field by this name since 0.1.0",
  },
};

/** `type "User" must have …` and `Field "userId" starts with the name of the parent type "User"`. */
function subjectOf({ message }) {
  const [first, second] = [...message.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  return second ? `${second}.${first}` : first;
}

/** Leaves the exceptions out, and reports those that nothing needs. */
function postprocess([messages]) {
  const needed = new Set();
  const left = messages.filter((message) => {
    const subject = subjectOf(message);
    const excepted = subject in (EXCEPTIONS[message.ruleId] ?? {});
    if (excepted) needed.add(`${message.ruleId} ${subject}`);
    return !excepted;
  });
  for (const [ruleId, subjects] of Object.entries(EXCEPTIONS)) {
    for (const subject of Object.keys(subjects)) {
      if (needed.has(`${ruleId} ${subject}`)) continue;
      left.push({ ruleId, severity: 2, line: 1, column: 1, message: `${subject} needs no exception` });
    }
  }
  return left;
}

const graphQLConfig = { schema: "./schema.graphql", documents: "./examples/*.graphql" };
const base = {
  languageOptions: { parser, parserOptions: { graphQLConfig } },
  plugins: { "@graphql-eslint": graphql },
};

export default [
  {
    ...base,
    files: ["schema.graphql"],
    processor: { preprocess: (text) => [text], postprocess },
    rules: {
      ...configs["flat/schema-recommended"].rules,
      ...configs["flat/schema-relay"].rules,
      // Pages go forward.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // A bounded list need not be a connection, and a quarantined row is no Node: it goes with its run.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
  { ...base, files: ["examples/*.graphql"], rules: configs["flat/operations-recommended"].rules },
];
