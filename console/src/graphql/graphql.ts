/* eslint-disable */
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Calendar date, ISO 8601: 2024-01-31. */
  Date: { input: string; output: string; }
  /** Instant, ISO 8601 in UTC: 2024-02-01T00:00:00.000Z. */
  DateTime: { input: string; output: string; }
  /** Any JSON value. It comes back as the same value; numbers that a double does not give back are refused. */
  JSON: { input: unknown; output: unknown; }
};

/** By what alerts are sent. */
export type AlertChannel =
  /** Sends plain text by the mail server of SMTP_URL. One recipient that the server takes counts as taken. */
  | 'EMAIL'
  /** Posts JSON to a URL, signed as Standard Webhooks 1.0.0 says; or the form that Slack's incoming webhooks take. */
  | 'WEBHOOK';

/** One message to the receiver of a rule. */
export type AlertDelivery = {
  /** How often it was tried. */
  attempts: Scalars['Int']['output'];
  /** By what it is sent. */
  channel: Scalars['String']['output'];
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** What is told, for programs. */
  data: Scalars['JSON']['output'];
  /** When it was taken; null before. */
  deliveredAt?: Maybe<Scalars['DateTime']['output']>;
  /** The event's name; of a test TEST. */
  event: Scalars['String']['output'];
  /** By it the receiver knows one that comes twice. */
  id: Scalars['ID']['output'];
  /** What kept it from being taken the last time. */
  lastError?: Maybe<Scalars['String']['output']>;
  /** When it is tried next; null unless it waits. */
  nextAt?: Maybe<Scalars['DateTime']['output']>;
  /** Whether it HAPPENED, or something that lasts BEGAN or ENDED. */
  phase: Scalars['String']['output'];
  /** The rule's name. */
  rule: Scalars['String']['output'];
  /** What became of it. */
  state: AlertDeliveryState;
  /** What is told, in a sentence. */
  summary: Scalars['String']['output'];
};

/** What became of a message. */
export type AlertDeliveryState =
  /** It was given up: retryAlertDelivery sends it again. */
  | 'DEAD'
  /** Its receiver took it. */
  | 'DELIVERED'
  /** It waits to be sent, or to be sent again. */
  | 'PENDING';

/** What a rule can tell of. */
export type AlertEvent =
  /** A canary ended: by its stop rule, by what came to Production, or by somebody. */
  | 'CANARY_ENDED'
  /** A comparison found that more of a model's features drifted than its policy allows. */
  | 'DRIFT'
  /** A model's Production cannot answer, or was left empty. Told where it begins and where it ends. */
  | 'PRODUCTION_UNSERVABLE'
  /** A version came into a stage that it was not in before. */
  | 'PROMOTED'
  /** An ingest kept more of a file's rows out than a share. */
  | 'QUARANTINE_SHARE'
  /** A version that had been in Production is there again, by a rollback or another promotion. */
  | 'ROLLED_BACK'
  /** A run failed; candidates and trials of another run are told of by that one's end. */
  | 'RUN_FAILED'
  /** A view's newest values near the end of their time to live, or are past it. Told where it begins and where it ends. */
  | 'VIEW_STALE';

/** Who is told of what. */
export type AlertRule = {
  /** Who set it last. */
  actor: Scalars['String']['output'];
  /** When it was set last, or a process last started. */
  changedAt: Scalars['DateTime']['output'];
  /** By what it is sent. */
  channel: Scalars['String']['output'];
  /** By the definitions: only they change it. */
  declared: Scalars['Boolean']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** The events that it tells of, by name. */
  on: Array<Scalars['String']['output']>;
  /** The channel's options. Of a secret they have the variable's name. */
  options: Scalars['JSON']['output'];
  /** The options of each event, by its name. */
  params: Scalars['JSON']['output'];
};

/** Who to tell of what. */
export type AlertRuleInput = {
  /** By what to send it. */
  channel: AlertChannel;
  /** Of this rule; setting it again changes it. */
  name: Scalars['String']['input'];
  /** What to tell of. */
  on: Array<AlertEvent>;
  /**
   * What that channel takes: {url: "https://…", secret: "ALERT_SECRET"}, where `secret` is the name of a variable of
   * the environment. See docs/alerts.md.
   */
  options: Scalars['JSON']['input'];
  /** Options of these events, by name: {DRIFT: {above: 0.3}}. See docs/alerts.md. */
  params?: InputMaybe<Scalars['JSON']['input']>;
};

/** What trains a model. */
export type Algorithm =
  /** Trained elsewhere. No training takes it. */
  | 'EXTERNAL'
  /** Trees, each of which corrects those before. */
  | 'GRADIENT_BOOSTING'
  /** A linear model of the value: ridge regression, or elastic net. */
  | 'LINEAR_REGRESSION'
  /** A linear model of the log odds. */
  | 'LOGISTIC_REGRESSION'
  /** Trees of random parts of the rows, averaged. */
  | 'RANDOM_FOREST';

/** A token, without its secret. */
export type ApiToken = {
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** Who created it; null where the command line did. */
  createdBy?: Maybe<Scalars['String']['output']>;
  /** When it ends by itself; null: never. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was last used, to the minute; null if never. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Roles that hold for these models alone, beside `role`. */
  modelRoles: Array<ModelRole>;
  /** Kept as the actor of what it is used for; of a session, `session:` and its id. */
  name: Scalars['String']['output'];
  /** Who signed in at the provider: the actor of this session. Null: a token. */
  person?: Maybe<Scalars['String']['output']>;
  /** Roles that hold for what is asked by these protocols alone, beside `role`. */
  protocolRoles: Array<ProtocolRole>;
  /** When it was revoked; null while it holds. */
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What its holder may do. */
  role: Role;
  /** Whether its holder was given the sight of personal columns. Admins have it anyway. */
  seesPersonal: Scalars['Boolean']['output'];
};

/** A file that a run left. */
export type Artifact = {
  /** Its size in bytes. */
  bytes: Scalars['Float']['output'];
  /** Its media type. */
  mediaType: Scalars['String']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** SHA-256 of its bytes. */
  sha256: Scalars['String']['output'];
  /** Where it is downloaded. */
  url: Scalars['String']['output'];
};

/** Who did, or was refused, what; one act of the audit log. */
export type AuditEntry = {
  /** A mutation, a route, `token.create`, `personal.read`. */
  action: Scalars['String']['output'];
  /** Who: the token's name, the person who signed in, or the machine's user. */
  actor: Scalars['String']['output'];
  /** As they were sent, without secrets, keys and values of persons. */
  args?: Maybe<Scalars['JSON']['output']>;
  /** By the database's clock. */
  at: Scalars['DateTime']['output'];
  /** The error's. */
  code?: Maybe<Scalars['String']['output']>;
  /** What came of it: before, after, answer, message; of a read the columns. */
  details?: Maybe<Scalars['JSON']['output']>;
  /** Whether an erasure took details of it. */
  erased: Scalars['Boolean']['output'];
  /** Of the entry, in the chain. */
  hash: Scalars['String']['output'];
  /** Its number in the chain. */
  id: Scalars['ID']['output'];
  /** How it came out. */
  outcome: AuditOutcome;
  /** As the log and `x-request-id` have it. */
  requestId?: Maybe<Scalars['String']['output']>;
  /** Of the actor then; null: the command line. */
  role?: Maybe<Role>;
  /** What it is about: `model churn version 3`. */
  subject?: Maybe<Scalars['String']['output']>;
};

/** A node of the page and its cursor. */
export type AuditEntryEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: AuditEntry;
};

/** One page of the audit log. */
export type AuditLogConnection = {
  /** The acts of the page, each with its cursor. */
  edges: Array<AuditEntryEdge>;
  /** The acts of the page, without cursors. */
  nodes: Array<AuditEntry>;
  /** Where the page lies in the log. */
  pageInfo: PageInfo;
};

/** How what was asked for came out. */
export type AuditOutcome =
  /** It has no answer: its process was killed, or it is under way. */
  | 'ASKED'
  /** It was done. */
  | 'DONE'
  /** For another reason; the log of the process says more. */
  | 'FAILED'
  /** By a role, an input, a gate or a state: nothing has changed. */
  | 'REFUSED';

/** How far the dates of a backfill are apart. */
export type BackfillEvery =
  /** Each day from the first date on. */
  | 'DAY'
  /** The last day of each month, from the first date's month on. */
  | 'MONTH'
  /** Each seventh day from the first date on. */
  | 'WEEK';

/** What a backfill made. */
export type BackfillOutcome = {
  /** Dates that were left as they were. */
  left?: Maybe<Scalars['Int']['output']>;
  /** The snapshots that it made, oldest first. */
  made?: Maybe<Array<BackfilledDate>>;
};

/** One date that a backfill made a snapshot of. */
export type BackfilledDate = {
  /** The date. */
  asOf: Scalars['String']['output'];
  /** The revision that was made. */
  revision: Scalars['Int']['output'];
};

/** Keys of another entity that belong to the person. */
export type BelongingKeys = {
  /** The entity's name. */
  entity: Scalars['String']['output'];
  /** How many. */
  keys: Scalars['Int']['output'];
};

/** How probabilities are put right on training rows, out of fold. */
export type Calibration =
  /** By whichever helps by more than noise on rows that it was not fitted on; by none where neither does. */
  | 'AUTO'
  /** By a rising line through what happened, with as many corners as the rows bear. */
  | 'ISOTONIC'
  /** As the learner gives them. */
  | 'NONE'
  /** By a logistic curve of their log odds, two numbers; keeps their order. */
  | 'PLATT';

/** A share of a model's keys, answered by a version beside the one in Production. */
export type Canary = {
  /** What was in Production when it began. */
  champion: Scalars['Int']['output'];
  /** Null while it runs, as are the next three. */
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who ended it, or brought another version to Production. */
  endedBy?: Maybe<Scalars['String']['output']>;
  /** Other keys are drawn by another. */
  id: Scalars['ID']['output'];
  /** The model's name. */
  model: Scalars['String']['output'];
  /** How it ended. */
  outcome?: Maybe<CanaryOutcome>;
  /** Why; kept on record. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Of the prediction log, and of the newest labels. */
  report: CanaryReport;
  /** Of the keys, by a hash: the same key has the same version throughout. */
  share: Scalars['Float']['output'];
  /** When it began; null before. */
  startedAt: Scalars['DateTime']['output'];
  /** Who started it. */
  startedBy: Scalars['String']['output'];
  /** When it ends by itself. */
  stopRule: CanaryRule;
  /** The challenger. */
  version: Scalars['Int']['output'];
};

/** Which version of a canary answers. */
export type CanaryArm =
  /** The version that is tried. */
  | 'CHALLENGER'
  /** The version in Production. */
  | 'CHAMPION';

/** What one version of a canary answered. */
export type CanaryArmReport = {
  /** Which of the two it is. */
  arm: CanaryArm;
  /** How many different keys they are of. */
  keys: Scalars['Int']['output'];
  /** By labels that came later; null where no snapshot has any. */
  live?: Maybe<LiveMetrics>;
  /** Of probabilities, of classes the likeliest's, or of values. */
  meanAnswer?: Maybe<Scalars['Float']['output']>;
  /** Logged ones. */
  predictions: Scalars['Int']['output'];
  /** The version's number. */
  version: Scalars['Int']['output'];
};

/** How a canary ended. */
export type CanaryOutcome =
  /** Somebody ended it. */
  | 'ENDED'
  /** The challenger came to Production. */
  | 'PROMOTED'
  /** Its rule ended it. */
  | 'STOPPED'
  /** Another version came to Production, or the challenger was archived. */
  | 'SUPERSEDED';

/** The two versions of a canary beside each other. */
export type CanaryReport = {
  /** Share of them on which both say the same. */
  agreement?: Maybe<Scalars['Float']['output']>;
  /** The other. */
  challenger: CanaryArmReport;
  /** The version in Production. */
  champion: CanaryArmReport;
  /** Requests that both scored: the one that answered, and the other after it. */
  compared: Scalars['Int']['output'];
  /** The challenger's requests that the champion had to answer. */
  fallbacks: Scalars['Int']['output'];
  /** Mean distance of the two answers. */
  meanShift?: Maybe<Scalars['Float']['output']>;
};

/** When a canary ends by itself. */
export type CanaryRule = {
  /** Of the challenger's requests, those that the champion had to answer. */
  maxFallbackShare?: Maybe<Scalars['Float']['output']>;
  /** How much worse the challenger's metric may be. */
  maxLoss?: Maybe<Scalars['Float']['output']>;
  /** A metric by labels that came later. */
  metric?: Maybe<Scalars['String']['output']>;
  /** Of requests that both versions scored. */
  minAgreement?: Maybe<Scalars['Float']['output']>;
  /** Each bound is looked at from so many rows on. */
  minRows: Scalars['Int']['output'];
};

/** When a canary is to end by itself. */
export type CanaryRuleInput = {
  /** Of the challenger's requests, those that the champion had to answer, 0 to 1. */
  maxFallbackShare?: InputMaybe<Scalars['Float']['input']>;
  /** How much worse the challenger's metric may be, in the metric's own unit; asked for with it. */
  maxLoss?: InputMaybe<Scalars['Float']['input']>;
  /** One of auc, log_loss, brier, accuracy, rmse, mae, mape, r2, macro_f1, weighted_f1, macro_auc. */
  metric?: InputMaybe<Scalars['String']['input']>;
  /** Of requests that both versions scored, 0 to 1. */
  minAgreement?: InputMaybe<Scalars['Float']['input']>;
  /** Each bound is looked at from so many rows on. */
  minRows?: Scalars['Int']['input'];
};

/** A source that a delivery lacks: its snapshot carries on what was known of it. */
export type CarriedSource = {
  /** The date its rows hold from. */
  eventDate: Scalars['Date']['output'];
  /** Rows the snapshot refers to. */
  rows: Scalars['Int']['output'];
  /** The source's name. */
  source: Scalars['String']['output'];
};

/** How an export writes categories. */
export type CategoryEncoding =
  /** Each as its place in the list of the feature's categories, from 0; an empty value stays empty. */
  | 'ORDINAL';

/** How a version of several classes did on one of them, against the rest. */
export type ClassEvaluation = {
  /** Area under its ROC curve against the rest; null where all rows are of it, or none. */
  auc?: Maybe<Scalars['Float']['output']>;
  /** Held-out rows that were taken for it. */
  called: Scalars['Int']['output'];
  /** Its name. */
  class: Scalars['String']['output'];
  /** Harmonic mean of precision and recall. */
  f1: Scalars['Float']['output'];
  /** Share of the rows that were taken for it that are of it. */
  precision: Scalars['Float']['output'];
  /** Share of its rows that were taken for it. */
  recall: Scalars['Float']['output'];
  /** Held-out rows that are of it. */
  rows: Scalars['Int']['output'];
};

/** What a model says of one class. */
export type ClassProbability = {
  /** The class. */
  class: Scalars['String']['output'];
  /** That it is this class, 0 to 1. */
  probability: Scalars['Float']['output'];
};

/** What a comparison decided. */
export type CompareDecision =
  /** Production stayed as it was. */
  | 'KEPT'
  /** The candidate took Production's place. */
  | 'PROMOTED';

/** What trainAndCompare found and decided. */
export type CompareOutcome = {
  /** The version that did best out of fold. */
  candidate?: Maybe<ModelVersion>;
  /** The other versions that were trained. */
  challengers?: Maybe<Array<ModelVersion>>;
  /** The date of the rows of both. */
  comparedOn?: Maybe<Scalars['Date']['output']>;
  /** Whether the candidate was promoted. */
  decision?: Maybe<CompareDecision>;
  /** What the candidate had to win by. */
  delta?: Maybe<Scalars['Float']['output']>;
  /** By how much the candidate is better; negative where it is worse. */
  difference?: Maybe<Scalars['Float']['output']>;
  /** The gates' verdicts, and wins_by_delta. */
  gates?: Maybe<Array<GateResult>>;
  /** How many rows both were measured on. */
  heldOutRows?: Maybe<Scalars['Int']['output']>;
  /** The lower end of the difference's interval. */
  lower?: Maybe<Scalars['Float']['output']>;
  /** What the two were compared by. */
  metric?: Maybe<Scalars['String']['output']>;
  /** Of both, each at its own threshold. */
  metrics?: Maybe<Array<HeldOutMetric>>;
  /** The version it was compared with. */
  production?: Maybe<ModelVersion>;
  /** Why, in words and numbers. */
  reason?: Maybe<Scalars['String']['output']>;
  /** The upper end. */
  upper?: Maybe<Scalars['Float']['output']>;
};

/** One parameter or metric over the compared runs. */
export type ComparedValue = {
  /** Whether not all are equal. */
  differs: Scalars['Boolean']['output'];
  /** A parameter's dotted name, or a metric's. */
  name: Scalars['String']['output'];
  /** One per run, in their order; null where a run has none. */
  values: Array<Maybe<Scalars['JSON']['output']>>;
};

/** What one feature adds to a prediction. */
export type Contribution = {
  /**
   * What it adds to the margin: the log of the odds, of a random forest the probability; of regression the value, or its
   * logarithm where the model's loss has that link.
   */
  contribution: Scalars['Float']['output'];
  /** The feature's name. */
  feature: Scalars['String']['output'];
  /** True where the value is left out: the feature is personal, and not for the caller to see. */
  masked?: Maybe<Scalars['Boolean']['output']>;
  /** Its value. */
  value?: Maybe<Scalars['JSON']['output']>;
};

/** A run that is made elsewhere. */
export type CreateRunInput = {
  /** An object: what it runs on. */
  environment?: InputMaybe<Scalars['JSON']['input']>;
  /** The commit of the code that ran. */
  gitCommit?: InputMaybe<Scalars['String']['input']>;
  /** A UUID of the client's choice: asking again with it makes no second run. */
  id?: InputMaybe<Scalars['ID']['input']>;
  /** Its name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** A free text by its maintainers. */
  note?: InputMaybe<Scalars['String']['input']>;
  /** An object. `model` and `asOf` in it are what runs(where:) filters by. */
  params?: InputMaybe<Scalars['JSON']['input']>;
  /** An object of texts. */
  tags?: InputMaybe<Scalars['JSON']['input']>;
};

/** One point of a curve on the held-out rows. */
export type CurvePoint = {
  /** The rows that the point was measured on. */
  count?: Maybe<Scalars['Int']['output']>;
  /** From which probability on rows are called positive; null where the point has none. */
  threshold?: Maybe<Scalars['Float']['output']>;
  /** Across; the curve says what it is. */
  x: Scalars['Float']['output'];
  /** Up; the curve says what it is. */
  y: Scalars['Float']['output'];
};

/** How a threshold is chosen, and what that way takes. */
export type DecisionInput = {
  /** Of COST. */
  falseNegative?: InputMaybe<Scalars['Float']['input']>;
  /** Of COST. */
  falsePositive?: InputMaybe<Scalars['Float']['input']>;
  /** Which way. */
  kind: DecisionKind;
  /** Of PRECISION and RECALL. */
  target?: InputMaybe<Scalars['Float']['input']>;
  /** Of GIVEN. */
  threshold?: InputMaybe<Scalars['Float']['input']>;
};

/** How a threshold is chosen on training rows, out of fold. */
export type DecisionKind =
  /** Where wrong answers cost least: `falsePositive` and `falseNegative`, in the same unit. */
  | 'COST'
  /** Where F1 is greatest. */
  | 'F1'
  /** At `threshold`, whatever it makes of the rows. */
  | 'GIVEN'
  /** The most rows are found at a precision of `target` at least. */
  | 'PRECISION'
  /** The fewest rows are called positive at a recall of `target` at least. */
  | 'RECALL';

/** How a threshold was chosen, and what it makes of the training rows that the model was not fitted on. */
export type DecisionSummary = {
  /** What is in the model: none, platt or isotonic. */
  calibration: Scalars['String']['output'];
  /** How probabilities were to be put right: none, platt, isotonic or auto. */
  calibrationAsked: Scalars['String']['output'];
  /** On these rows. */
  f1: Scalars['Float']['output'];
  /** f1, cost, precision, recall or given. */
  kind: Scalars['String']['output'];
  /** Of these rows, those called positive that are. */
  precision: Scalars['Float']['output'];
  /** Of these rows, the positive ones that are called so. */
  recall: Scalars['Float']['output'];
  /** The rows that it was chosen on. */
  rows: Scalars['Int']['output'];
  /** What it takes, by name: a target, costs, a threshold. */
  settings: Scalars['JSON']['output'];
};

/** What the file's names do not say. An input named after a feature is filled by it, one named `numeric` by all numeric features in the order of the feature service. */
export type DeclaredSignature = {
  /** Multiclass: what the columns of the output are of, in order, where the file does not name its classes. */
  classes?: InputMaybe<Array<Scalars['String']['input']>>;
  /** What fills each input. */
  inputs?: InputMaybe<Array<ModelInputFeatures>>;
  /** The output that is the answer: of two classes one column, or two with the positive class second; of several one for each. */
  output?: InputMaybe<Scalars['String']['input']>;
};

/** What went with a deleted run. */
export type DeletedRun = {
  /** How many artifacts went with it. */
  artifacts: Scalars['Int']['output'];
  /** Of artifacts that no other run and no model version has. */
  bytesFreed: Scalars['Float']['output'];
  /** How many events went with it. */
  events: Scalars['Int']['output'];
  /** The run's id. */
  id: Scalars['ID']['output'];
  /** Metric points. */
  metrics: Scalars['Int']['output'];
};

/** A source's file in a delivery. */
export type DeliveredFile = {
  /** Its size in bytes. */
  bytes: Scalars['Float']['output'];
  /** Its name in the delivery, such as users.csv.gz. */
  name: Scalars['String']['output'];
  /** The source whose rows it holds. */
  source: Scalars['String']['output'];
};

/** What could be ingested when a worker last looked: it has the file of every source that always comes. */
export type Delivery = {
  /** Of all its files. */
  bytes: Scalars['Float']['output'];
  /** One for each source that it holds; empty for sources that are no files. */
  files: Array<DeliveredFile>;
  /** Sources that it has no file of: its snapshot carries on what is known of them. */
  lacks: Array<Scalars['String']['output']>;
  /** The last run that ingested it, or tried to. */
  lastRun?: Maybe<Run>;
  /** When its newest file was written; null where that is not known. */
  modifiedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What `ingest` takes as its source. */
  name: Scalars['String']['output'];
  /** When a worker last looked and found everything readable. */
  scannedAt: Scalars['DateTime']['output'];
};

/** One page of the deliveries. */
export type DeliveryConnection = {
  /** The deliveries of the page, each with its cursor. */
  edges: Array<DeliveryEdge>;
  /** The deliveries of the page, without cursors. */
  nodes: Array<Delivery>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** What keeps workers from looking now, such as a data directory that is gone: the list is that of before. */
  problem?: Maybe<Scalars['String']['output']>;
  /** When a worker last looked and found everything readable; null where none could yet. */
  scannedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How many the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A node of the page and its cursor. */
export type DeliveryEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: Delivery;
};

/** What this deployment serves. */
export type Deployment = {
  /** What features and predictions are about. */
  entities: Array<Entity>;
  /** What the database belongs to. */
  name: Scalars['String']['output'];
  /** The first one's model is the default of every `model`. */
  services: Array<FeatureService>;
};

/** What to say of a model or a version. */
export type DescribeModelInput = {
  /** Null removes it; that of a model comes back from the definitions with the next start. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** Texts by name; null removes one, those not named stay. */
  tags?: InputMaybe<Scalars['JSON']['input']>;
  /** Of the model itself where left out. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** Either `to` or `served` is compared with `from`. */
export type DriftInput = {
  /** Chance that any feature alarms though nothing changed; the driftPolicy's, or 0.05. */
  alpha?: InputMaybe<Scalars['Float']['input']>;
  /** The snapshot that is compared with, often the one trained on. */
  from: Scalars['Date']['input'];
  /** A difference below this PSI is no drift, however sure it is; the driftPolicy's, or 0.1. */
  minPsi?: InputMaybe<Scalars['Float']['input']>;
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** What was answered, in the place of a date. */
  served?: InputMaybe<ServedInput>;
  /** The date that is compared; absent: `served` is. */
  to?: InputMaybe<Scalars['Date']['input']>;
};

/** Which features drifted. */
export type DriftOutcome = {
  /** Those that did. */
  driftedFeatures?: Maybe<Array<Scalars['String']['output']>>;
  /** Whether the label did; null where it was not compared. */
  labelDrifted?: Maybe<Scalars['Boolean']['output']>;
  /** Features that one of the sides lacks. */
  notCompared?: Maybe<Array<Scalars['String']['output']>>;
  /** The training that the deployment's policy started; null where it started none. */
  retraining?: Maybe<Run>;
  /** How many the later side has. */
  rowsAfter?: Maybe<Scalars['Int']['output']>;
  /** How many rows the earlier side has. */
  rowsBefore?: Maybe<Scalars['Int']['output']>;
  /** The share of the features that drifted, 0 to 1. */
  share?: Maybe<Scalars['Float']['output']>;
};

/** How far one feature of a snapshot has moved from the snapshot that Production was trained on. */
export type DriftPoint = {
  /** The date that the Production version was trained on. */
  against: Scalars['Date']['output'];
  /** The snapshot's date. */
  asOf: Scalars['Date']['output'];
  /** As a DRIFT run judges it: significant with all features considered, and of some size. */
  drifted: Scalars['Boolean']['output'];
  /** The feature's name. */
  feature: Scalars['String']['output'];
  /** It is still to be compared: ask again. */
  pending: Scalars['Boolean']['output'];
  /** Population stability index over deciles of `against`, or values; null where nothing can be said, or not yet. */
  psi?: Maybe<Scalars['Float']['output']>;
};

/** What rows and predictions are about. */
export type Entity = {
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** The columns that name one of them. */
  keys: Array<EntityKey>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Its name in the plural, in words: users, billing accounts. */
  plural: Scalars['String']['output'];
};

/** A column of an entity's key. */
export type EntityKey = {
  /** As in files and JSON. */
  column: Scalars['String']['output'];
  /** As in this schema. */
  field: Scalars['String']['output'];
  /** The column's type. */
  type: Scalars['String']['output'];
};

/** One entity, by names that are the same in every deployment. */
export type EntityRow = Node & {
  /** The other columns of the entity's source, by column. */
  attributes: Scalars['JSON']['output'];
  /** The entity's name, as `deployment` has it. */
  entity: Scalars['String']['output'];
  /** Its features, now or as of a date: all of the deployment, or those of one feature service. */
  features?: Maybe<UserFeatures>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** The key, an object by column. */
  key: Scalars['JSON']['output'];
  /** Of `attributes` the columns whose values the caller may not see; they are null there. */
  masked: Array<Scalars['String']['output']>;
};


/** One entity, by names that are the same in every deployment. */
export type EntityRowFeaturesArgs = {
  asOf?: InputMaybe<Scalars['Date']['input']>;
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
  service?: InputMaybe<Scalars['String']['input']>;
};


/** One entity, by names that are the same in every deployment. */
export type EntityRowMaskedArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** One page of a list. */
export type EntityRowConnection = {
  /** The nodes of the page, each with its cursor. */
  edges: Array<EntityRowEdge>;
  /** The nodes of the page, without cursors. */
  nodes: Array<EntityRow>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** How many the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A node of the page and its cursor. */
export type EntityRowEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: EntityRow;
};

/** One row of a point-in-time join. */
export type EntityRowInput = {
  /** The date whose values are joined. */
  asOf: Scalars['Date']['input'];
  /** Only what had been recorded by this instant; absent: all that is known. */
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The key of the user. */
  userId: Scalars['ID']['input'];
};

/** How far an erasure reached, and what it does not reach. */
export type EraseOutcome = {
  /** Files that were deleted: make them again without the person; and files of registrations that were written again without what was expected of the person. */
  artifacts?: Maybe<Array<ErasedArtifact>>;
  /** What stays, and is not asof's to remove. */
  outside?: Maybe<Array<OutsidePlace>>;
  /** What was removed, place by place. */
  places?: Maybe<Array<ErasedPlace>>;
  /** Whether the person was kept out by an earlier erasure already. */
  repeated?: Maybe<Scalars['Boolean']['output']>;
  /** Trainings that had begun before, and may come to a version that was trained with the person. */
  underWay?: Maybe<Array<Run>>;
  /** Versions that were trained with the person: they stay. */
  versions?: Maybe<Array<ModelVersion>>;
};

/** A file that was deleted, because it was made of the person's rows. */
export type ErasedArtifact = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** The run that wrote it. */
  run: Scalars['String']['output'];
  /** Of its bytes. */
  sha256: Scalars['String']['output'];
};

/** How far an erasure reached. */
export type ErasedPlace = {
  /** The table, or the store, by its name. */
  place: Scalars['String']['output'];
  /** Rows that were removed, or that no longer mention the person. */
  rows: Scalars['Int']['output'];
};

/** Rows of one source that were passed over. */
export type ErasedSource = {
  /** The name it was delivered under. */
  file: Scalars['String']['output'];
  /** How many. */
  rows: Scalars['Int']['output'];
  /** The source's name. */
  source: Scalars['String']['output'];
};

/** On record: who let a user who was erased come back, and why. */
export type ErasureLift = {
  /** Who did it. */
  actor: Scalars['String']['output'];
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** Erasures that kept the user out until now. */
  erasures: Scalars['Int']['output'];
  /** Why; kept on record. */
  reason: Scalars['String']['output'];
};

/** How far an erasure would reach if it were asked for now. */
export type ErasureReach = {
  /** Files that would be deleted, or written again without what was expected of the person. */
  artifacts: Array<ErasedArtifact>;
  /** Who would be erased with the person. */
  belonging: Array<BelongingKeys>;
  /** Whether an erasure keeps the person out already. */
  keptOut: Scalars['Boolean']['output'];
  /** What would stay, and is not asof's to remove. */
  outside: Array<OutsidePlace>;
  /** What would be removed, place by place. */
  places: Array<ErasedPlace>;
  /** Those that have, or carry on, rows of the person. */
  snapshots: Array<Snapshot>;
  /** Trainings with the person that are under way. */
  underWay: Array<Run>;
  /** Versions that were trained with the person: they would stay. */
  versions: Array<ModelVersion>;
};


/** How far an erasure would reach if it were asked for now. */
export type ErasureReachSnapshotsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** How far an erasure would reach if it were asked for now. */
export type ErasureReachUnderWayArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** How far an erasure would reach if it were asked for now. */
export type ErasureReachVersionsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How a version did on its held-out rows, as charts need it. It was measured once, when the version was trained or registered. */
export type Evaluation = {
  /** x: mean probability, y: share of positive rows; ten bins of equal width, those without rows left out. */
  calibration?: Maybe<Array<CurvePoint>>;
  /** The classes; null for other tasks. */
  classes?: Maybe<Array<Scalars['String']['output']>>;
  /** Of several classes: rows by their class down, and by the class that was answered across; null for other tasks. */
  confusion?: Maybe<Array<Array<Scalars['Int']['output']>>>;
  /** How the version's threshold was chosen; null of versions that asof did not train, or before it said so. */
  decision?: Maybe<DecisionSummary>;
  /** The most important first. Of models that were made elsewhere by `shap` alone; empty where they cannot be explained. */
  importances: Array<Importance>;
  /** x: share of the rows, the likeliest first; y: how many times more positives are among them than among all rows. Ten points. */
  lift?: Maybe<Array<CurvePoint>>;
  /** By class, in the order of `classes`; null for other tasks. */
  perClass?: Maybe<Array<ClassEvaluation>>;
  /** x: recall, y: precision; count: rows called positive. At most 200 points, by growing recall. */
  precisionRecall?: Maybe<Array<CurvePoint>>;
  /** Of regression: labels less answers, in bins of one width but for the outermost, which reach to the least and the greatest. Null for other tasks. */
  residuals?: Maybe<Array<HistogramBin>>;
  /** x: false positive rate, y: true positive rate; count: rows called positive. At most 200 points, from (0, 0) to (1, 1). */
  roc?: Maybe<Array<CurvePoint>>;
  /** The held-out rows. */
  rows: Scalars['Int']['output'];
  /** At most 101, by growing threshold; the version's own is among them. */
  thresholds?: Maybe<Array<ThresholdRow>>;
  /** The same of the probabilities before calibration; null where they were not put right. */
  uncalibrated?: Maybe<Array<CurvePoint>>;
};

/** What retention does with one month of events. */
export type EventMonth = {
  /** The room it takes on disk, indexes included. */
  bytes: Scalars['Float']['output'];
  /** Versions of events that it has, or had. */
  events: Scalars['Float']['output'];
  /** Its first day. */
  month: Scalars['Date']['output'];
  /** What becomes of its events. */
  outcome: RetentionOutcome;
  /** Why it was kept, or that it is before the limit and nothing keeps it. */
  reason: Scalars['String']['output'];
};

/** What of old events was dropped, or would be, and what cannot be computed without them. */
export type EventRetentionReport = {
  /** The room on disk that they took, or take. */
  bytes: Scalars['Float']['output'];
  /** Whether it only says what would be dropped. */
  dryRun: Scalars['Boolean']['output'];
  /** Versions of events that were dropped, or would be. */
  events: Scalars['Float']['output'];
  /** Source by source. */
  sources: Array<EventSourceRetention>;
};


/** What of old events was dropped, or would be, and what cannot be computed without them. */
export type EventRetentionReportSourcesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What retention does with the events of one source. */
export type EventSourceRetention = {
  /** The first day whose events are there, by what was dropped until now. Null: all are. */
  eventsFrom?: Maybe<Scalars['Date']['output']>;
  /** Dates whose snapshots get no revision any more, oldest first. */
  frozen: Array<FrozenDate>;
  /** The days that it is kept for, asked for or declared. */
  keepDays: Scalars['Int']['output'];
  /** Months before it go. Null where there is no snapshot. */
  limit?: Maybe<Scalars['Date']['output']>;
  /** The months before the limit that there were, oldest first. */
  months: Array<EventMonth>;
  /** The source. */
  source: Scalars['String']['output'];
};


/** What retention does with the events of one source. */
export type EventSourceRetentionFrozenArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What retention does with the events of one source. */
export type EventSourceRetentionMonthsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** One thing that was expected of a source or a column, and whether it held. */
export type ExpectationResult = {
  /** The column's name; null where it is about no single column. */
  column?: Maybe<Scalars['String']['output']>;
  /** The name of what was expected. */
  expectation: Scalars['String']['output'];
  /** The name the source was delivered under. */
  file?: Maybe<Scalars['String']['output']>;
  /** True where the sample's values, and what was observed, are left out: they may be personal, and not for the caller to see. */
  masked?: Maybe<Scalars['Boolean']['output']>;
  /** The share of the values that must be as expected, 0 to 1; empty values do not count. */
  mostly?: Maybe<Scalars['Float']['output']>;
  /** What was measured, by name. */
  observed?: Maybe<Scalars['JSON']['output']>;
  /** It does not hold, and the rows that break it are kept out instead of the whole delivery. */
  quarantined?: Maybe<Scalars['Boolean']['output']>;
  /** What would have been accepted, in words. */
  rule?: Maybe<Scalars['String']['output']>;
  /** At most 20, each with its line in the file. */
  sample: Array<UnexpectedRow>;
  /** What follows where it did not. */
  severity: Severity;
  /** The source's name. */
  source: Scalars['String']['output'];
  /** Whether it held. */
  success: Scalars['Boolean']['output'];
  /** How many values are not as expected. */
  unexpectedCount: Scalars['Int']['output'];
  /** Their share of the values that were checked, in percent. */
  unexpectedPercent: Scalars['Float']['output'];
};

/** What the model gave where it was trained. */
export type ExpectedPrediction = {
  /** What the model said where it was made. */
  probability: Scalars['Float']['input'];
  /** The key of the user. */
  userId: Scalars['ID']['input'];
};

/** What runs are filed under. `Default` has runs made elsewhere that name no other, `asof` those of asof's own kinds; clients of MLflow make others. */
export type Experiment = Node & {
  /** Who made it. */
  actor: Scalars['String']['output'];
  /** Who changed it, newest first. */
  changes: Array<RegistryChange>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** Of one experiment alone, also of one that is deleted. */
  name: Scalars['String']['output'];
  /** Its runs; of an experiment that is deleted those that are put aside. */
  runs: RunConnection;
  /** Whether it takes runs. */
  state: ExperimentState;
  /** Texts by name. */
  tags: Scalars['JSON']['output'];
  /** When its name, its tags or its state were last changed. */
  updatedAt: Scalars['DateTime']['output'];
};


/** What runs are filed under. `Default` has runs made elsewhere that name no other, `asof` those of asof's own kinds; clients of MLflow make others. */
export type ExperimentChangesArgs = {
  before?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
};


/** What runs are filed under. `Default` has runs made elsewhere that name no other, `asof` those of asof's own kinds; clients of MLflow make others. */
export type ExperimentRunsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  orderBy?: RunOrder;
};

/** One page of a list. */
export type ExperimentConnection = {
  /** The nodes of the page, each with its cursor. */
  edges: Array<ExperimentEdge>;
  /** The nodes of the page, without cursors. */
  nodes: Array<Experiment>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** How many the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A node of the page and its cursor. */
export type ExperimentEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: Experiment;
};

/** Whether an experiment takes runs. */
export type ExperimentState =
  /** It takes runs, and is in lists. */
  | 'ACTIVE'
  /** It was put aside with its runs, and takes nothing until it is restored. */
  | 'DELETED';

/** The format of an exported file. */
export type ExportFormat =
  /** Text, a row a line. */
  | 'CSV'
  /** Apache Parquet in a folder for each date, `as_of=2024-01-31/part-0.parquet`, without that column. */
  | 'HIVE'
  /** Apache Parquet. */
  | 'PARQUET'
  /** Apache Parquet in files of at most `partRows` rows, `part-00000.parquet` and on. */
  | 'PARTS';

/** What an export wrote. */
export type ExportOutcome = {
  /** Their columns, in order. */
  columns?: Maybe<Array<Scalars['String']['output']>>;
  /** One for each format that was asked for; of HIVE, one for each date, of PARTS, one for each partRows rows. */
  files?: Maybe<Array<ExportedFile>>;
  /** Where in the lake the files of PARTS are; null: all files are artifacts. */
  folder?: Maybe<Scalars['String']['output']>;
  /** How many of the rows are held out; null where nothing says so. */
  heldOutRows?: Maybe<Scalars['Int']['output']>;
  /** How many rows there are in each format. */
  rows?: Maybe<Scalars['Int']['output']>;
};

/** Where the files of PARTS go. */
export type ExportTarget =
  /** To the database, as artifacts of the run. */
  | 'ARTIFACT'
  /** To the lake (LAKE_URL), beside the snapshots. */
  | 'LAKE';

/** Which rows and features to export, and how. */
export type ExportTrainingSetInput = {
  /** The snapshot the features come from. Without it and asOfFrom the newest that has labels. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** Of several snapshots whose features are written, the first date. */
  asOfFrom?: InputMaybe<Scalars['Date']['input']>;
  /** The last date, asOfFrom unless given. */
  asOfTo?: InputMaybe<Scalars['Date']['input']>;
  /** How the categories of text features are written; as texts unless given. */
  encoding?: InputMaybe<CategoryEncoding>;
  /** snake_case names, in the order of the columns; unless given, all of the service that the caller may see. */
  features?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Each is a file of its own. */
  formats?: Array<ExportFormat>;
  /** Adds the column held_out: whom a model that is registered as trained on this export is judged on. {} takes the usual seed and share. */
  heldOut?: InputMaybe<HeldOutInput>;
  /** Trains on the revisions that were known at that instant; absent: on the newest. */
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The labels are as they held so many days after each date; dates whose day is yet to come are left out. */
  labelAfterDays?: InputMaybe<Scalars['Int']['input']>;
  /** The snapshot the labels come from, asOf unless given; a later date trains a forecast. */
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
  /** The labels are from the snapshot this many dates after the features': 1 writes a forecast's training set. */
  labelOffset?: Scalars['Int']['input'];
  /** The feature service. */
  model?: Scalars['String']['input'];
  /** How many rows each file of PARTS has at most. */
  partRows?: Scalars['Int']['input'];
  /** Where the files of PARTS go; unless given to the lake where there is one. */
  to?: InputMaybe<ExportTarget>;
};

/** A file that an export wrote. */
export type ExportedFile = {
  /** Its size in bytes. */
  bytes: Scalars['Float']['output'];
  /** The artifact's name, or what the file is called in the lake's folder. */
  name: Scalars['String']['output'];
  /** How many rows it has. */
  rows: Scalars['Int']['output'];
  /** SHA-256 of its bytes. */
  sha256: Scalars['String']['output'];
};

/** What a run made elsewhere was registered as. */
export type ExternalOutcome = {
  /** SHA-256 of the ONNX file. */
  sha256?: Maybe<Scalars['String']['output']>;
  /** The probability from which on the prediction is 1; null of tasks without one. */
  threshold?: Maybe<Scalars['Float']['output']>;
  /** The version that was registered from it. */
  version?: Maybe<ModelVersion>;
  /** What its registration found and did not refuse. */
  warnings?: Maybe<Array<Scalars['String']['output']>>;
};

/** A feature, as the deployment declares it. */
export type FeatureDefinition = {
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** How it is computed; null where it is not. */
  expression?: Maybe<Scalars['String']['output']>;
  /** As in this schema: camelCase. */
  field: Scalars['String']['output'];
  /** Where its values come from. */
  kind: FeatureKind;
  /** As in files, tables and JSON: snake_case. */
  name: Scalars['String']['output'];
  /** Whether its values are personal: declared so, or computed of what is. `viewer.seesPersonal` says whether the caller sees them. */
  personal: Scalars['Boolean']['output'];
  /** The column's type: int, float, bool, string or date. */
  type: Scalars['String']['output'];
  /** The view that holds it; null for derived and request-time features. */
  view?: Maybe<Scalars['String']['output']>;
};

/** What changed in one feature. */
export type FeatureDiff = {
  /** How many values changed. */
  changed: Scalars['Int']['output'];
  /** True where the shares are left out: the feature is personal, and not for the caller to see. */
  masked?: Maybe<Scalars['Boolean']['output']>;
  /** The feature's name. */
  name: Scalars['String']['output'];
  /** Population stability index between the two. */
  psi?: Maybe<Scalars['Float']['output']>;
  /**
   * Of text and booleans, the 20 commonest values and the rest as other; null for other types, and where equal
   * hashes say that nothing changed.
   */
  shares?: Maybe<Array<ValueShare>>;
};

/** Where a feature's values come from. */
export type FeatureKind =
  /** Computed of others, for training and predictions by the same evaluator. */
  | 'DERIVED'
  /** Brought by each request; learnt from a column of a source. */
  | 'REQUEST'
  /** Read from the feature store, by key. */
  | 'STORED';

/**
 * How the values of one feature are distributed in one snapshot. Pushed values are not counted, and NaN and the
 * infinities only in `rows`. Of text, dates and booleans there are counts and the commonest values.
 */
export type FeatureProfile = {
  /** Standard deviation of the sample (n − 1); null below two values, and where values beyond 1e150 differ. */
  deviation?: Maybe<Scalars['Float']['output']>;
  /** Different values. */
  distinct?: Maybe<Scalars['Int']['output']>;
  /** The feature, as it is declared now. */
  feature: FeatureDefinition;
  /** Of numbers: at most 24 bins of equal width, of whole numbers as many wide; the last one has its `to`, too. */
  histogram?: Maybe<Array<HistogramBin>>;
  /** True where all but the counts of rows is left out: the feature is personal, and not for the caller to see. */
  masked?: Maybe<Scalars['Boolean']['output']>;
  /** The greatest value. */
  max?: Maybe<Scalars['Float']['output']>;
  /** Null without a value, and where values beyond 1e150 differ. */
  mean?: Maybe<Scalars['Float']['output']>;
  /** The least value. */
  min?: Maybe<Scalars['Float']['output']>;
  /** Rows without a value. */
  missing: Scalars['Int']['output'];
  /** At 1, 5, 25, 50, 75, 95 and 99 %: each the least value that so many of the values do not exceed. */
  quantiles?: Maybe<Array<Scalars['Float']['output']>>;
  /** Rows of the view's source. */
  rows: Scalars['Int']['output'];
  /** Of others: the 20 commonest values and the rest as other. Null where nearly every row has a value of its own. */
  values?: Maybe<Array<ValueCount>>;
};

/** What one model is trained on and served with; its name is the model's. */
export type FeatureService = {
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** Who it is about. */
  entity: Scalars['String']['output'];
  /** What its models take. */
  features: Array<FeatureDefinition>;
  /** As declared. */
  gates: Scalars['JSON']['output'];
  /** The column that its models learn. */
  label?: Maybe<Scalars['String']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** What a request may bring beside the key; empty where it brings nothing. */
  request: Array<RequestFeature>;
  /** What its models say. */
  task: Task;
};

/** Why a value is there, or is not. */
export type FeatureState =
  /** The feature is personal, or computed of what is, and the caller may not see its value. Whether it is empty is not told. */
  | 'MASKED'
  /** The snapshot that the answer comes from was made without the feature, or, without asOf, it is retired. */
  | 'NOT_DECLARED'
  /** No row for this user. */
  | 'NOT_FOUND'
  /** The user's row is there and its value is empty (the model takes it as missing, unless it requires a value). */
  | 'NULL_VALUE'
  /** Older than the view's ttl, not served. */
  | 'OUTSIDE_MAX_AGE'
  /** A value. */
  | 'PRESENT';

/** What is known of one value: whether it is there and how old it is. */
export type FeatureStatus = {
  /** How old the value is. */
  ageSeconds?: Maybe<Scalars['Float']['output']>;
  /** The date the value holds from. */
  eventTime?: Maybe<Scalars['Date']['output']>;
  /** The feature's name. */
  name: Scalars['String']['output'];
  /** Whether there is a value. */
  status: FeatureState;
  /** How old it may be; null: any age. */
  ttlSeconds?: Maybe<Scalars['Float']['output']>;
  /** The feature view's name. */
  view: Scalars['String']['output'];
};

/** How the feature store is doing. */
export type FeatureStoreStatus = {
  /** Share of requested feature values found present since the process started. */
  hitRate?: Maybe<Scalars['Float']['output']>;
  /** The last materialize or ingest that succeeded; an ingest materializes as its last step. */
  lastMaterialization?: Maybe<Run>;
  /** All views. */
  views: Array<FeatureView>;
};

/** Features of one source that are snapshotted, materialized and served together. */
export type FeatureView = Node & {
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** What its values are about. */
  entity: Scalars['String']['output'];
  /** Its features, in the order they are declared. */
  features: Array<FeatureDefinition>;
  /** How new the online values are; null before the first materialization. */
  freshness?: Maybe<ViewFreshness>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** The source its columns come from. */
  source: Scalars['String']['output'];
  /** Values older than this are not served; null: they do not expire. */
  ttlSeconds?: Maybe<Scalars['Float']['output']>;
};

/** One field per feature of the deployment's views; those that are retired have values as of dates before. What requests bring and what is computed has values in predictions alone. */
export type Features = {
  /** Mean session length in the last 7 days, minutes. */
  avgSessionMins7d?: Maybe<Scalars['Float']['output']>;
  /** Failed payments in the last 90 days. */
  failedPayments90d?: Maybe<Scalars['Int']['output']>;
  /** Fee a month, in dollars. */
  monthlyFee?: Maybe<Scalars['Float']['output']>;
  /** Months since the subscription began. */
  monthsActive?: Maybe<Scalars['Int']['output']>;
  /** Kind of internet service. */
  netService?: Maybe<Scalars['String']['output']>;
  /** Billed without paper. */
  paperlessBilling?: Maybe<Scalars['Boolean']['output']>;
  /** Streams movies; empty without an internet service. */
  planStreamMovies?: Maybe<Scalars['Boolean']['output']>;
  /** Streams TV; empty without an internet service. */
  planStreamTv?: Maybe<Scalars['Boolean']['output']>;
  /** Rebuffering events in the last 7 days. */
  rebufferEvents7d?: Maybe<Scalars['Int']['output']>;
  /** Skips in the last 7 days. */
  skips7d?: Maybe<Scalars['Int']['output']>;
  /** Support tickets in the last 90 days. */
  supportTickets90d?: Maybe<Scalars['Int']['output']>;
  /** Mean time to resolve a ticket, hours. */
  ticketAvgResolutionHrs90d?: Maybe<Scalars['Float']['output']>;
  /** Devices used in the last 30 days. */
  uniqueDevices30d?: Maybe<Scalars['Int']['output']>;
  /** Hours watched in the last 30 days. */
  watchHours30d?: Maybe<Scalars['Float']['output']>;
};

/** A date whose windows see events that go: its snapshot stays, and gets no revision any more. */
export type FrozenDate = {
  /** The date. */
  asOf: Scalars['Date']['output'];
  /** Events that came after its windows were computed: resnapshot it first. */
  lateEvents: Scalars['Int']['output'];
};

/** What one gate said of a version. */
export type GateResult = {
  /** Every other number the verdict rests on: metrics of both versions, the paired bootstrap interval with its resamples and seed, rates and sizes of groups. */
  details?: Maybe<Scalars['JSON']['output']>;
  /** What `value` was held against. */
  limit?: Maybe<Scalars['Float']['output']>;
  /** What was compared, in numbers. */
  message: Scalars['String']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** Whether it lets the version pass. */
  passed: Scalars['Boolean']['output'];
  /** What was judged, where that is one number. */
  value?: Maybe<Scalars['Float']['output']>;
};

/** How the service is doing. */
export type Health = {
  /** Of PostgreSQL. */
  database: HealthStatus;
  /** Of what serves values now. */
  onlineStore: HealthStatus;
  /** What is wrong and what helps. */
  problems: Array<HealthProblem>;
  /** The version this process predicts with. */
  productionModel?: Maybe<ModelVersion>;
  /** The worst of its parts; DEGRADED at least where there is a problem. */
  status: HealthStatus;
  /** How long the process has run. */
  uptimeSeconds: Scalars['Float']['output'];
  /** The version of asof. */
  version: Scalars['String']['output'];
};

/** What is wrong, in words, with what helps: an unservable Production, a stale view, a store that is away. */
export type HealthProblem = {
  /** What is wrong. */
  message: Scalars['String']['output'];
  /** What helps. */
  remedy?: Maybe<Scalars['String']['output']>;
  /** What it is about. */
  subject: Scalars['String']['output'];
};

/** How a part of the service is doing. */
export type HealthStatus =
  /** It works in part. */
  | 'DEGRADED'
  /** It does not work. */
  | 'DOWN'
  /** It works. */
  | 'OK';

/** A version beside the one in Production, on labelled rows that neither was trained on. */
export type HeldOutComparison = {
  /** The date of the rows. */
  asOf: Scalars['Date']['output'];
  /** How sure the interval is, as 0.95. */
  confidence: Scalars['Float']['output'];
  /** By how much the candidate is better, of rmse and mae as a share of Production's; negative where it is worse. */
  difference: Scalars['Float']['output'];
  /** The date of their labels. */
  labelAsOf: Scalars['Date']['output'];
  /** The lower end of its paired bootstrap interval. */
  lower: Scalars['Float']['output'];
  /** What the interval is of. */
  metric: Scalars['String']['output'];
  /** Of both, each at its own threshold. */
  metrics: Array<HeldOutMetric>;
  /** How many rows both were measured on. */
  rows: Scalars['Int']['output'];
  /** The upper end. */
  upper: Scalars['Float']['output'];
};

/** Who is held out of a training, by a rule that any engine can evaluate row by row. */
export type HeldOutInput = {
  /** What randomness begins from: the same seed gives the same model. */
  seed?: Scalars['Int']['input'];
  /** The share of users held out to measure on, between 0 and 1. */
  testFraction?: Scalars['Float']['input'];
};

/** A metric of two versions on the same rows. */
export type HeldOutMetric = {
  /** The candidate's; null where these rows do not give it. */
  candidate?: Maybe<Scalars['Float']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** That of the version in Production; null where there is none. */
  production?: Maybe<Scalars['Float']['output']>;
};

/** Rows whose value lies in [from, to). */
export type HistogramBin = {
  /** How many rows are in it. */
  count: Scalars['Int']['output'];
  /** The least value in it. */
  from: Scalars['Float']['output'];
  /** The value that the next one begins with. */
  to: Scalars['Float']['output'];
};

/** How much a model owes to one feature. */
export type Importance = {
  /** The feature's name. */
  feature: Scalars['String']['output'];
  /** Its share of the gain of all splits, 0 to 1; null of models without splits. */
  gain?: Maybe<Scalars['Float']['output']>;
  /** By how much the AUC falls where the feature's values are dealt out at random; null where that was not measured. */
  permutation?: Maybe<Scalars['Float']['output']>;
  /** Mean size of what it adds to the margin, over held-out rows (mean |SHAP|); of several classes the mean over them. Null where answers cannot be explained. */
  shap?: Maybe<Scalars['Float']['output']>;
  /** Of several classes each one's, in the order of `classes`; null for other tasks. */
  shapByClass?: Maybe<Array<Scalars['Float']['output']>>;
};

/** The archive that a version came in. */
export type ImportedFrom = {
  /** What trained it: a learner of asof's, or EXTERNAL. */
  algorithm: Scalars['String']['output'];
  /** SHA-256 of the archive's manifest, which is at `/artifacts/<this>`; every other file in it follows from it. */
  archive: Scalars['String']['output'];
  /** Where this archive was exported. */
  from: VersionPlace;
  /** Where it was registered first: the same version keeps it wherever it is moved. */
  origin: VersionPlace;
  /** Whose signature it had: SHA-256 of the public key. Null where none was asked for. */
  signedBy?: Maybe<Scalars['String']['output']>;
};

/** A delivery and the date it describes. */
export type IngestInput = {
  /** Takes a date after today: no ingest before it reaches the online store from then on. */
  allowFuture?: Scalars['Boolean']['input'];
  /** The date the files describe. */
  asOf: Scalars['Date']['input'];
  /** The delivery's name: of a folder where the sources' files are. Left out: the date, as 2024-01-31. */
  source?: InputMaybe<Scalars['String']['input']>;
};

/** What an ingest published. */
export type IngestOutcome = {
  /** What the delivery lacks and the snapshot carries on. */
  carried?: Maybe<Array<CarriedSource>>;
  /** Dates, newest first, whose window features what it brought, corrected or removed would change. */
  late?: Maybe<Array<LateDate>>;
  /** The run that kept rows out, where that was an earlier one. */
  quarantinedBy?: Maybe<Run>;
  /** Revisions of later dates, which carry on from now what this delivery brought. */
  revised?: Maybe<Array<Snapshot>>;
  /** The snapshot that holds it. */
  snapshot?: Maybe<Snapshot>;
  /** What became of each source's rows. */
  sources?: Maybe<Array<SourceRows>>;
  /** Whether the same was published before. */
  unchanged?: Maybe<Scalars['Boolean']['output']>;
  /** What was copied to the online store. */
  views?: Maybe<Array<ViewRows>>;
};

/** Which file features are joined to, which features, and how. */
export type JoinFeaturesInput = {
  /** The file of keys and dates, by its name: .csv, .jsonl, .parquet or .arrow at its end says what it is. */
  artifact: Scalars['String']['input'];
  /** The date of every row; the file then has no such column. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** The column of the rows' dates, or of timestamps, which ask for their date in UTC. */
  asOfColumn?: Scalars['String']['input'];
  /** What joins: postgres, duckdb or spark; what OFFLINE_ENGINE says unless given. All give the same rows. */
  engine?: InputMaybe<Scalars['String']['input']>;
  /** Whose keys the file has, where no service says it; that of the deployment's first service unless given. */
  entity?: InputMaybe<Scalars['String']['input']>;
  /** snake_case names, in the order of the columns; unless given, all of the service or entity that the caller may see. */
  features?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Of the answer. */
  format?: JoinFormat;
  /** What had been recorded by then, of every row that says no other in the column known_at: 2024-02-01T00:00:00Z. */
  knownAt?: InputMaybe<Scalars['String']['input']>;
  /** The run whose artifact the file is. */
  runId: Scalars['ID']['input'];
  /** The feature service whose features are joined, and about whose entity the keys are. */
  service?: InputMaybe<Scalars['String']['input']>;
  /** Whether a column <feature>__status says why each empty value is empty. */
  statuses?: Scalars['Boolean']['input'];
  /** Where the answer goes. */
  to?: JoinTarget;
};

/** The format of a file of joined features. */
export type JoinFormat =
  /** An Arrow IPC stream. */
  | 'ARROW'
  /** Apache Parquet. */
  | 'PARQUET';

/** What a join wrote. */
export type JoinOutcome = {
  /** The size of the answer in bytes, of all its files. */
  bytes?: Maybe<Scalars['Float']['output']>;
  /** Its columns, in order. */
  columns?: Maybe<Array<Scalars['String']['output']>>;
  /** The artifact's name. */
  file?: Maybe<Scalars['String']['output']>;
  /** Where in the lake the answer's files are; null: the artifact is the answer. */
  folder?: Maybe<Scalars['String']['output']>;
  /** How many rows the file has: as many as were asked. */
  rows?: Maybe<Scalars['Int']['output']>;
  /** SHA-256 of the artifact's bytes: /artifacts/<sha256> downloads it. */
  sha256?: Maybe<Scalars['String']['output']>;
};

/** Where the answer of a join goes. */
export type JoinTarget =
  /** The run's artifact, in the database. */
  | 'ARTIFACT'
  /** Parquet files in the lake (LAKE_URL); the artifact features.json lists them. */
  | 'LAKE';

/** Old runs that stay, and why. */
export type KeptRuns = {
  /** What is kept from them. */
  reason: Scalars['String']['output'];
  /** How many. */
  runs: Scalars['Int']['output'];
};

/** A date that events came late for: its snapshot stays as it is until resnapshot(asOf:). */
export type LateDate = {
  /** The date whose snapshot is stale. */
  asOf: Scalars['Date']['output'];
  /** Events that its windows would see. */
  lateEvents: Scalars['Int']['output'];
};

/**
 * How a version did, judged by labels that came later: each user's newest logged prediction counts once.
 * Metrics are null until both classes, or two different values, were seen, and where they are of another task.
 */
export type LiveMetrics = {
  /** Share of right answers. */
  accuracy?: Maybe<Scalars['Float']['output']>;
  /** Area under the ROC curve. */
  auc?: Maybe<Scalars['Float']['output']>;
  /** Mean squared error of the probability. */
  brier?: Maybe<Scalars['Float']['output']>;
  /** Harmonic mean of precision and recall. */
  f1?: Maybe<Scalars['Float']['output']>;
  /** Users whose label is known by now: what the metrics are of. */
  labelled: Scalars['Int']['output'];
  /** Mean negative log likelihood. */
  logLoss?: Maybe<Scalars['Float']['output']>;
  /** Several classes: mean of the areas under the ROC curves of each class against the rest. */
  macroAuc?: Maybe<Scalars['Float']['output']>;
  /** Several classes: mean of the classes' F1, each counting the same. */
  macroF1?: Maybe<Scalars['Float']['output']>;
  /** Regression: mean absolute error, in the label's unit. */
  mae?: Maybe<Scalars['Float']['output']>;
  /** Regression: mean error as a share of the label. */
  mape?: Maybe<Scalars['Float']['output']>;
  /** How many of them have the positive label; null of other tasks. */
  positives?: Maybe<Scalars['Int']['output']>;
  /** Share of right answers among the positive ones. */
  precision?: Maybe<Scalars['Float']['output']>;
  /** Logged predictions of the version in the window. */
  predictions: Scalars['Int']['output'];
  /** Regression: share of the label's variance that is explained. */
  r2?: Maybe<Scalars['Float']['output']>;
  /** Share of the positive users that were found. */
  recall?: Maybe<Scalars['Float']['output']>;
  /** Regression: root of the mean squared error, in the label's unit. */
  rmse?: Maybe<Scalars['Float']['output']>;
  /** How many users were both answered and labelled. */
  users: Scalars['Int']['output'];
  /** Several classes: mean of the classes' F1, each counting by its users. */
  weightedF1?: Maybe<Scalars['Float']['output']>;
};

/** What one version answered on one UTC day, and how that did. */
export type LivePoint = {
  /** The UTC day of the answers. */
  day: Scalars['Date']['output'];
  /** Judged by the labels; null where no snapshot has any. */
  live?: Maybe<LiveMetrics>;
  /** Their mean probability of the positive class. */
  meanProbability?: Maybe<Scalars['Float']['output']>;
  /** Of regression, the mean of the values; else null. */
  meanValue?: Maybe<Scalars['Float']['output']>;
  /** The share of them that is 1; null of other tasks. */
  positiveShare?: Maybe<Scalars['Float']['output']>;
  /** Logged predictions of the day. */
  predictions: Scalars['Int']['output'];
  /** The version's number. */
  version: Scalars['Int']['output'];
};

/** For small files; POST /runs/:id/artifacts/:name takes larger ones. */
export type LogArtifactInput = {
  /** At most 2 MiB decoded. */
  base64: Scalars['String']['input'];
  /** Such as text/csv. */
  mediaType?: Scalars['String']['input'];
  /** The file's name, without slashes. */
  name: Scalars['String']['input'];
  /** The run's id. */
  runId: Scalars['ID']['input'];
};

/** One answer about now that the prediction log kept. */
export type LoggedPrediction = {
  /** Which version of a canary answered; null where none ran. */
  arm?: Maybe<CanaryArm>;
  /** When it was answered. */
  at: Scalars['DateTime']['output'];
  /** Multiclass: the class. Null for other tasks. */
  class?: Maybe<Scalars['String']['output']>;
  /** What the version was given, by feature. */
  features: Scalars['JSON']['output'];
  /** SHA-256 of these features, as far as the caller sees them: two equal ones were answered from the same values. */
  featuresSha256: Scalars['String']['output'];
  /** The key, an object by column. Null for a cold start. */
  key?: Maybe<Scalars['JSON']['output']>;
  /** Of `features` and `request` those whose values the caller may not see; they are null there. */
  masked: Array<Scalars['String']['output']>;
  /** The model's name. */
  model: Scalars['String']['output'];
  /** Binary: 1 where probability >= the version's threshold. */
  prediction?: Maybe<Scalars['Int']['output']>;
  /** Of the positive class, 0 to 1. */
  probability?: Maybe<Scalars['Float']['output']>;
  /** The request's own values; null where it had none. */
  request?: Maybe<Scalars['JSON']['output']>;
  /** The key of the user. Null for a cold start. */
  userId?: Maybe<Scalars['ID']['output']>;
  /** Regression: the value. Null for other tasks. */
  value?: Maybe<Scalars['Float']['output']>;
  /** The version's number. */
  version: Scalars['Int']['output'];
};


/** One answer about now that the prediction log kept. */
export type LoggedPredictionMaskedArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What was copied to the online store. */
export type MaterializeOutcome = {
  /** The snapshot that was copied. */
  snapshot?: Maybe<Snapshot>;
  /** What was copied to the online store. */
  views?: Maybe<Array<ViewRows>>;
};

/** One point of a series of measurements. */
export type Metric = {
  /** When it was measured. */
  at: Scalars['DateTime']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** A whole number of up to 53 bits. */
  step: Scalars['Float']['output'];
  /** The value as text, NaN, Infinity and -Infinity among them. */
  text: Scalars['String']['output'];
  /** Null where it is NaN or infinite: `text` says which. */
  value?: Maybe<Scalars['Float']['output']>;
};

/** Runs whose latest value of this metric lies within the bounds, both inclusive. */
export type MetricFilter = {
  /** The greatest value; absent: any. */
  max?: InputMaybe<Scalars['Float']['input']>;
  /** The least value; absent: any. */
  min?: InputMaybe<Scalars['Float']['input']>;
  /** The metric's name. */
  name: Scalars['String']['input'];
};

/** One point of a series. */
export type MetricInput = {
  /** Now unless given. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** The metric's name. */
  name: Scalars['String']['input'];
  /** A whole number of up to 53 bits. */
  step?: Scalars['Float']['input'];
  /** Instead of `value` for what JSON has no number for: NaN, Infinity or -Infinity. */
  text?: InputMaybe<Scalars['String']['input']>;
  /** What was measured. */
  value?: InputMaybe<Scalars['Float']['input']>;
};

/** By the latest value of a metric. Runs without it are not in the list. */
export type MetricOrder = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** The metric's name. */
  name: Scalars['String']['input'];
};

/** A name for one version of a model, which can be moved. */
export type ModelAlias = {
  /** Who gave it the name. */
  actor: Scalars['String']['output'];
  /** The alias. */
  alias: Scalars['String']['output'];
  /** When it was set last. */
  setAt: Scalars['DateTime']['output'];
  /** The version's number. */
  version: Scalars['Int']['output'];
};

/** A feature that a model takes. */
export type ModelFeature = {
  /** True where the model takes a category as its code of the export that it was trained on; an empty value, or a category that the export did not have, is missing to it. */
  encoded: Scalars['Boolean']['output'];
  /** `numeric` or `categorical`. */
  kind: Scalars['String']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** True where the model has no answer without a value; predict then says FEATURES_MISSING. */
  required?: Maybe<Scalars['Boolean']['output']>;
  /** Of the column it was trained on, `int`, `float`, …; null in signatures of 0.1.0. */
  type?: Maybe<Scalars['String']['output']>;
};

/** What fills one input of the file. */
export type ModelInputFeatures = {
  /** The features that fill it, in order. */
  features: Array<Scalars['String']['input']>;
  /** Of an input of the ONNX file. */
  name: Scalars['String']['input'];
};

/** A role that holds for one model alone. */
export type ModelRole = {
  /** The model's name. */
  model: Scalars['String']['output'];
  /** What its holder may do with the model. */
  role: Role;
};

/** A role that holds for one model alone. */
export type ModelRoleInput = {
  /** The model's name; it need not be there yet. */
  model: Scalars['String']['input'];
  /** What its holder may do with the model. */
  role: Role;
};

/** What a model takes and gives. */
export type ModelSignature = {
  /** What the inputs are made of, in order: those of kind numeric fill `numeric`, each other is an input of its own name. */
  features: Array<ModelFeature>;
  /** What the file takes. */
  inputs: Array<TensorSpec>;
  /** What the file gives. */
  outputs: Array<TensorSpec>;
};

/** One ONNX file of a model, and where it stands. */
export type ModelVersion = Node & {
  /** What trains the model. */
  algorithm: Algorithm;
  /** Its size in bytes. */
  bytes?: Maybe<Scalars['Float']['output']>;
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /**
   * Curves, counts by threshold and importances on the held-out rows, as charts need them. Read from what was kept when the
   * version was judged, never scored again; null where nothing was kept, as of models registered before 0.2.
   */
  evaluation?: Maybe<Evaluation>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** Of a version that another deployment exported: where it came from. Null otherwise. */
  importedFrom?: Maybe<ImportedFrom>;
  /** The run that measured it, or is to: its training, or a REGISTER run. Null of a version that is only kept. */
  judgedBy?: Maybe<Run>;
  /** Its logged predictions against the labels of a snapshot, which is later than they are. */
  live: LiveMetrics;
  /** The value of this name's greatest step. */
  metric?: Maybe<Scalars['Float']['output']>;
  /** Of the run that measured it: every point, as Run.metrics. */
  metrics: Array<Metric>;
  /** The model's name. */
  model: Scalars['String']['output'];
  /** Why it cannot be served, and what helps; null where it can. */
  notServable?: Maybe<Scalars['String']['output']>;
  /** The run that trained it, or the EXTERNAL run it was registered from; null where it was registered without one. */
  run?: Maybe<Run>;
  /** Whether asof can predict with it now: the file loads and the deployment still declares every feature it needs. */
  servable: Scalars['Boolean']['output'];
  /** SHA-256 of the ONNX file: two equal ones are the same model, byte for byte. Null where it has none. */
  sha256?: Maybe<Scalars['String']['output']>;
  /** How it did while the alias `shadow` pointed to it. */
  shadowComparison: ShadowComparison;
  /** What it takes and gives. Null until it is judged. */
  signature?: Maybe<ModelSignature>;
  /** The snapshot of its features: it was trained on it, or, if trained elsewhere, measured on it. Null until it is judged. */
  snapshot?: Maybe<Snapshot>;
  /**
   * All that it was trained on: the snapshot of its features, then that of its labels where it is another, then those of
   * the other dates of a panel; of a model trained elsewhere those it was measured on, then those of the export it was trained from, where that is known.
   */
  snapshots: Array<Snapshot>;
  /** Where its file came from, as its client says it. */
  source?: Maybe<Scalars['String']['output']>;
  /** Where the version stands. */
  stage: Stage;
  /** Whether it was judged: only a READY version can be promoted or asked. */
  status: VersionStatus;
  /** Why it FAILED, in words; null otherwise. */
  statusMessage?: Maybe<Scalars['String']['output']>;
  /** Texts by name, as describeModel set them. */
  tags: Scalars['JSON']['output'];
  /** The probability from which on the prediction is 1. Null until it is judged. */
  threshold?: Maybe<Scalars['Float']['output']>;
  /** The EXPORT run that wrote what it was trained on elsewhere; null where nobody said. */
  trainedOn?: Maybe<Run>;
  /** Newest first. */
  transitions: Array<StageTransition>;
  /** The version's number. */
  version: Scalars['Int']['output'];
  /** What its registration found and did not refuse: an auc below 0.5, rows without an answer. */
  warnings: Array<Scalars['String']['output']>;
};


/** One ONNX file of a model, and where it stands. */
export type ModelVersionLiveArgs = {
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
  since?: InputMaybe<Scalars['DateTime']['input']>;
  until?: InputMaybe<Scalars['DateTime']['input']>;
};


/** One ONNX file of a model, and where it stands. */
export type ModelVersionMetricArgs = {
  name: Scalars['String']['input'];
};


/** One ONNX file of a model, and where it stands. */
export type ModelVersionShadowComparisonArgs = {
  since?: InputMaybe<Scalars['DateTime']['input']>;
  until?: InputMaybe<Scalars['DateTime']['input']>;
};


/** One ONNX file of a model, and where it stands. */
export type ModelVersionTransitionsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type Mutation = {
  /**
   * Drops old events, whole months at a time. Days are counted back from the newest snapshot; they cannot be fewer than a window
   * sees. Snapshots stay as they are; those whose windows saw what goes get no revision any more. Without arguments
   * each source's own retention holds.
   */
  applyEventRetention: EventRetentionReport;
  /**
   * Drops the rows of snapshots, whole dates at a time. Counted back from the newest snapshot, keepDays keeps every
   * date, keepWeeks and keepMonths beside it the newest date of each; keepMonths alone keeps all dates of the months.
   * until is the oldest date that is kept. Without any of them the deployment's retention holds. A date that a Production or Staging version, or a training under way, takes features or labels from is kept.
   */
  applyRetention: RetentionReport;
  /**
   * Deletes runs that ended so many days ago, with their events, metrics and artifacts, the oldest thousand at a time. A run
   * that a version, a snapshot, online values or another run came from is kept, and so is the record of an erasure.
   */
  applyRunRetention: RunRetentionReport;
  /**
   * Makes the snapshots of past dates from the histories of events: of each date its windows, and the states that held then. A date
   * that has a snapshot and no late events is left as it is; one that has late events gets its next revision. A run that is
   * interrupted goes on with the date it was at.
   */
  backfill: Run;
  /** Stops a run that is queued or running; RUN_NOT_CANCELLABLE where it has ended, or has published already. */
  cancelRun: Run;
  /** Begins a run made elsewhere: kind EXTERNAL, RUNNING until finishRun or registerModel. */
  createRun: Run;
  /** Creates a token. The first one closes an open server: from then on every request needs a token. */
  createToken: NewApiToken;
  /** Answers what was deleted. What waits to be sent by it is sent no more. */
  deleteAlertRule: AlertRule;
  /** Deletes a version that was never served and that no alias names; CONFLICT for any other. Its number is not given again. */
  deleteModelVersion: RegisteredModel;
  /** Deletes an ended run for good, with its events, metrics and artifacts. CONFLICT where a model version, a snapshot, online values or another run were made by it. */
  deleteRun: DeletedRun;
  /** Answers what was deleted. Runs it started go on. */
  deleteSchedule: Schedule;
  /** Description and tags of a model, or of a version of it. */
  describeModel: RegisteredModel;
  /**
   * Compares what a model is given between two snapshots, or between a snapshot and what was served: per feature
   * PSI, a test calibrated to the sample size, and the share of missing values. Artifacts: drift.json,
   * drift_report.html. Past the deployment's driftPolicy it starts trainAndCompare, or trainExternally.
   */
  detectDrift: Run;
  /** Production answers all keys again; or, with `promote`, the challenger, once it has passed the gates. */
  endCanary: Canary;
  /**
   * Erases a user: live, online, pushed, quarantined and logged values and every snapshot row, in one run. Snapshots keep
   * their hash and still verify: an erased row leaves its own hash and the erasure's id, nothing else. Files that were made of the
   * rows are deleted; deliveries and pushes of the key are passed over until liftErasure. The run's outcome says how far it
   * reached and what stays outside.
   */
  eraseUser: Run;
  /**
   * Writes the training sets of a range of snapshots, rows by as_of and user, as the artifacts training_set.csv
   * and training_set.parquet, or as training_set/as_of=<date>/part-0.parquet (HIVE) or parts of so many rows (PARTS), for pandas, DuckDB, Polars or Spark.
   * The same snapshots give the same bytes. With heldOut, encoding or PARTS, training_set.json describes them.
   * Returns at once; follow the run.
   */
  exportTrainingSet: Run;
  /** Ends a running EXTERNAL run: it takes nothing more. */
  finishRun: Run;
  /** Validates, publishes and snapshots one month. Returns at once; follow the run. */
  ingest: Run;
  /**
   * Joins what held as of each row's date to a file of keys and dates of any size, an artifact of a run: CSV, JSON Lines,
   * Parquet or Arrow. The artifact features.parquet or features.arrow has one row for each of the file's, in its order.
   * POST /historical-features takes the file itself. Returns at once; follow the run.
   */
  joinFeatures: Run;
  /**
   * Lets a user who was erased come back, by the next delivery or push that has them; what was erased stays erased.
   * Needs a reason, which is on record.
   */
  liftErasure: ErasureLift;
  /** Adds a file to a running EXTERNAL run. The same bytes again change nothing, others are a CONFLICT. */
  logArtifact: Artifact;
  /** Adds up to 10 000 points to a running EXTERNAL run, all or none. A point is known by name and step: the same again changes nothing, another value takes its place. */
  logMetrics: Run;
  /** Adds parameters to a running EXTERNAL run. One that is there keeps its value: another is a CONFLICT. */
  logParams: Run;
  /** Copies a snapshot's newest values to the online store; an older value never replaces a newer one. */
  materialize: Run;
  /** It does not come due until it is resumed. */
  pauseSchedule: Schedule;
  /**
   * Judges the version by the gates of Production. Then, in one transaction, the version moves, the former holder is
   * archived and the history is written; every replica is notified. If Production changed meanwhile, it is judged again.
   */
  promote: ModelVersion;
  /**
   * Fresh values between two extracts: served at once, and bound to the next snapshot that is made for the offline store.
   * All rows are taken or none: VALIDATION_FAILED names row, user, column and value of the first 20 violations.
   */
  push: PushResult;
  /** Registers a model trained elsewhere, from an ONNX file of an EXTERNAL run, and ends the run. The file is checked, mapped to the features, tried in a process of its own and run on the labelled rows of the snapshot; its metrics are measured on the held-out users. That is a run of kind REGISTER: the version is PENDING until it has ended, and is answered so where that takes longer than waitSeconds. Again with the same file: the version it has. */
  registerModel: ModelVersion;
  /** Removes a name from the version that has it, and answers that version. */
  removeModelAlias: ModelVersion;
  /**
   * Trains again from the run's own pinned snapshot, seed and parameters, and says what differs.
   * Its result: identical, differences [{what original reproduced}] and, apart, what of the environment differs.
   */
  reproduce: Run;
  /**
   * Computes the window features of a date again, by the events that are known now, and makes the date's next revision of them;
   * its other parts stay. Where nothing changed there is no revision. Reads that are known before it still find the former one.
   */
  resnapshot: Run;
  /** It comes due again. */
  resumeSchedule: Schedule;
  /** Sends one again that was given up, or that waits; as often as a new one. */
  retryAlertDelivery: AlertDelivery;
  /**
   * Queues a failed or cancelled run once more, as its next attempt: from its first step, with the same parameters. An
   * ingest reads its files again, as they are now. What was published or registered before it failed is not made twice.
   */
  retryRun: Run;
  /** Ends a token or a session, by its name, at once, on every process, for open subscriptions too. */
  revokeToken: ApiToken;
  /** Back to the version that was in Production before, also where Production is empty. */
  rollback: ModelVersion;
  /** Starts now what it would start by the clock, paused or not. */
  runSchedule: Run;
  /** Has the workers look for deliveries now. Answers when they were asked: `deliveries { scannedAt }` is not earlier once they have. */
  scanDeliveries: Scalars['DateTime']['output'];
  /** Creates a rule, or changes the one of that name. What happened before there was the rule is not told. */
  setAlertRule: AlertRule;
  /** Gives a version a free name, taking it from whichever version had it. */
  setModelAlias: ModelVersion;
  /** Creates a schedule, or changes the one of that name. It takes effect within seconds. */
  setSchedule: Schedule;
  /**
   * From the next request on a share of the keys is answered by the version. One of a model runs at a time. It ends by
   * endCanary, by its rule, or by whatever comes to Production.
   */
  startCanary: Canary;
  /** Sends a message by a rule now, once, and answers with what became of it. */
  testAlert: AlertDelivery;
  /** Trains on one snapshot, measures, and registers a version. Returns at once; follow the run. */
  train: Run;
  /**
   * Trains a candidate, scores it and the Production version on the same held-out rows, promotes it if it wins by `delta` and passes the gates.
   * Logistic regression, or linear regression of a number, is always trained as a challenger; who did best out of fold is the candidate. Its result: decision (PROMOTED or KEPT), reason, candidate, production, difference, gates.
   */
  trainAndCompare: Run;
  /**
   * Trains by one of the deployment's training commands: exports the training set, runs the program, registers the ONNX
   * file it writes, judged on the rows that the seed holds out. With `delta` it is compared with the Production version and
   * promoted if it wins by as much and passes the gates, as trainAndCompare does. Returns at once; follow the run.
   */
  trainExternally: Run;
  /**
   * A seeded search over the algorithm's parameters by successive halving, a child run a fit, judged out of fold; the best is registered.
   * Its result: best {version value hyperparameters metrics}, trials.
   */
  tune: Run;
  /** Names, tags and notes of any run, ended or not. */
  updateRun: Run;
  /** Compares what is served online with what the snapshots say, for all users. Its result: identical, users, differences, counts per view and feature, a sample; all in the artifact parity.json. */
  verifyParity: Run;
  /**
   * Withdraws the newest revision of a date that should not have been published (a mistyped date, a wrong file): it is on
   * record as WITHDRAWN with actor and reason; reads that are known after the withdrawal no longer find it, those with an
   * earlier knownAt, and reproduce, still do; online and live values go back to what they would have been without it;
   * pushes bound to it wait again; its revision number is not given again. CONFLICT where a Production or Staging version
   * was trained from it.
   */
  withdrawSnapshot: Run;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationApplyEventRetentionArgs = {
  dryRun?: Scalars['Boolean']['input'];
  keepDays?: InputMaybe<Scalars['Int']['input']>;
  source?: InputMaybe<Scalars['String']['input']>;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationApplyRetentionArgs = {
  dryRun?: Scalars['Boolean']['input'];
  keepDays?: InputMaybe<Scalars['Int']['input']>;
  keepMonths?: InputMaybe<Scalars['Int']['input']>;
  keepWeeks?: InputMaybe<Scalars['Int']['input']>;
  until?: InputMaybe<Scalars['Date']['input']>;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationApplyRunRetentionArgs = {
  dryRun?: Scalars['Boolean']['input'];
  keepDays: Scalars['Int']['input'];
  kinds?: InputMaybe<Array<RunKind>>;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationBackfillArgs = {
  every: BackfillEvery;
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationCancelRunArgs = {
  id: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationCreateRunArgs = {
  input: CreateRunInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationCreateTokenArgs = {
  days?: InputMaybe<Scalars['Int']['input']>;
  modelRoles?: InputMaybe<Array<ModelRoleInput>>;
  name: Scalars['String']['input'];
  protocolRoles?: InputMaybe<Array<ProtocolRoleInput>>;
  role: Role;
  seesPersonal?: Scalars['Boolean']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationDeleteAlertRuleArgs = {
  name: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationDeleteModelVersionArgs = {
  model?: Scalars['String']['input'];
  version: Scalars['Int']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationDeleteRunArgs = {
  id: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationDeleteScheduleArgs = {
  name: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationDescribeModelArgs = {
  input: DescribeModelInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationDetectDriftArgs = {
  input: DriftInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationEndCanaryArgs = {
  model?: Scalars['String']['input'];
  promote?: Scalars['Boolean']['input'];
  reason: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationEraseUserArgs = {
  entity?: InputMaybe<Scalars['String']['input']>;
  reason: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationExportTrainingSetArgs = {
  input: ExportTrainingSetInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationFinishRunArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
  status?: RunStatus;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationIngestArgs = {
  input: IngestInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationJoinFeaturesArgs = {
  input: JoinFeaturesInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationLiftErasureArgs = {
  entity?: InputMaybe<Scalars['String']['input']>;
  reason: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationLogArtifactArgs = {
  input: LogArtifactInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationLogMetricsArgs = {
  metrics: Array<MetricInput>;
  runId: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationLogParamsArgs = {
  params: Scalars['JSON']['input'];
  runId: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationMaterializeArgs = {
  asOf?: InputMaybe<Scalars['Date']['input']>;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationPauseScheduleArgs = {
  name: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationPromoteArgs = {
  input: PromoteInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationPushArgs = {
  input: PushInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRegisterModelArgs = {
  input: RegisterModelInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRemoveModelAliasArgs = {
  alias: Scalars['String']['input'];
  model?: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationReproduceArgs = {
  runId: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationResnapshotArgs = {
  asOf: Scalars['Date']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationResumeScheduleArgs = {
  name: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRetryAlertDeliveryArgs = {
  id: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRetryRunArgs = {
  id: Scalars['ID']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRevokeTokenArgs = {
  name: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRollbackArgs = {
  model?: Scalars['String']['input'];
  reason: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationRunScheduleArgs = {
  name: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationSetAlertRuleArgs = {
  input: AlertRuleInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationSetModelAliasArgs = {
  alias: Scalars['String']['input'];
  model?: Scalars['String']['input'];
  version: Scalars['Int']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationSetScheduleArgs = {
  input: ScheduleInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationStartCanaryArgs = {
  input: StartCanaryInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationTestAlertArgs = {
  rule: Scalars['String']['input'];
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationTrainArgs = {
  input: TrainInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationTrainAndCompareArgs = {
  candidates?: InputMaybe<Array<Algorithm>>;
  delta?: Scalars['Float']['input'];
  input: TrainInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationTrainExternallyArgs = {
  input: TrainExternallyInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationTuneArgs = {
  input: TuneInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationUpdateRunArgs = {
  input: UpdateRunInput;
};


/** What changes something. What takes long is a run: the answer comes as soon as it is queued. */
export type MutationWithdrawSnapshotArgs = {
  asOf: Scalars['Date']['input'];
  reason: Scalars['String']['input'];
};

/** A mutation of this deployment, with all that a form for it needs. */
export type MutationDefinition = {
  /** The name of the type that it answers. */
  answers: Scalars['String']['output'];
  /** In GraphQL's own language: the mutation, every input type and enum it takes, and of the type it answers the fields without arguments that hold a value. */
  definition: Scalars['String']['output'];
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** The kind of run that it starts; null where it starts none. */
  kind?: Maybe<RunKind>;
  /** As in this schema: trainAndCompare. */
  name: Scalars['String']['output'];
  /** The least role that may call it. */
  role: Role;
};

/** A token that was just created, with its secret. */
export type NewApiToken = {
  /** What to send as `Authorization: Bearer …`. It is shown once. */
  secret: Scalars['String']['output'];
  /** The token. */
  token: ApiToken;
};

/** An object that is found again by its id. */
export type Node = {
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
};

/** What a run came to, of a kind that declares no type for it. */
export type OtherOutcome = {
  /** As `Run.result`. */
  result: Scalars['JSON']['output'];
};

/** What an erasure does not reach. */
export type OutsidePlace = {
  /** What to do about it. */
  remedy: Scalars['String']['output'];
  /** For how long. */
  until: Scalars['String']['output'];
  /** Where the person may still be found. */
  what: Scalars['String']['output'];
};

/** Where a page lies in its list. */
export type PageInfo = {
  /** What to pass as `after` for the next page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether the list goes on after this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether the page was asked for with `after`: there is one before it. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first node; null on an empty page. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** Runs with this parameter, by its dotted name: "hyperparameters.trees". A number and the text of it are two values; without a value, any will do. */
export type ParamFilter = {
  /** The parameter's dotted name. */
  name: Scalars['String']['input'];
  /** Its value; absent: any. */
  value?: InputMaybe<Scalars['JSON']['input']>;
};

/** What a comparison found of one view. */
export type ParityOfView = {
  /** Rows that differ. */
  differences: Scalars['Int']['output'];
  /** Rows that are served though no snapshot has them. */
  extra: Scalars['Int']['output'];
  /** Rows that are not served though a snapshot has them. */
  missing: Scalars['Int']['output'];
  /** The online store's name. */
  store: Scalars['String']['output'];
  /** The view's name. */
  view: Scalars['String']['output'];
};

/** Whether what is served is what the snapshots say. */
export type ParityOutcome = {
  /** Of each store and view. */
  byView?: Maybe<Array<ParityOfView>>;
  /** How many rows differ. */
  differing?: Maybe<Scalars['Int']['output']>;
  /** How many were compared. */
  entities?: Maybe<Scalars['Int']['output']>;
  /** Whether nothing differs. */
  identical?: Maybe<Scalars['Boolean']['output']>;
};

/** What a version says of one user. */
export type Prediction = {
  /** Which version of a canary answered. Null where none runs, or a version was asked for. */
  arm?: Maybe<CanaryArm>;
  /** The margin when no feature is known. */
  baseValue?: Maybe<Scalars['Float']['output']>;
  /** Multiclass: the class. Null for other tasks. */
  class?: Maybe<Scalars['String']['output']>;
  /** Multiclass: every class with its probability. Null for other tasks. */
  classes?: Maybe<Array<ClassProbability>>;
  /**
   * What each feature adds, the greatest first: with baseValue they sum to the margin. Exact TreeSHAP for trees,
   * linear terms for linear models, interventional TreeSHAP beside stored rows for tree ensembles that were made elsewhere.
   * Null for a model that cannot be explained.
   */
  contributions?: Maybe<Array<Contribution>>;
  /** What was read, given and computed, with a status each. For a cold start its key is empty, which nobody's is. */
  features: UserFeatures;
  /** What the version was given; the other features are null. */
  featuresUsed: Features;
  /** The key, an object by column. Null for a cold start. */
  key?: Maybe<Scalars['JSON']['output']>;
  /** The version that scored. */
  modelVersion: ModelVersion;
  /** Binary: 1 where probability >= the version's threshold. Null for other tasks. */
  prediction?: Maybe<Scalars['Int']['output']>;
  /** Of the positive class, 0 to 1. */
  probability?: Maybe<Scalars['Float']['output']>;
  /** What the request brought, by feature; null where it brought nothing. */
  request?: Maybe<Scalars['JSON']['output']>;
  /** The probability from which on the prediction is 1; null of tasks without one. */
  threshold?: Maybe<Scalars['Float']['output']>;
  /** Null for a cold start. */
  userId?: Maybe<Scalars['ID']['output']>;
  /** Regression: the value, in the label's unit. Null for other tasks. */
  value?: Maybe<Scalars['Float']['output']>;
};

/** Why there is no prediction for one user. */
export type PredictionError = {
  /** As in `extensions.code`. */
  code: Scalars['String']['output'];
  /** What failed and what to do. */
  message: Scalars['String']['output'];
  /** Where the code is FEATURES_MISSING; else empty. */
  missingFeatures: Array<Scalars['String']['output']>;
};

/** One page of the prediction log. */
export type PredictionLogConnection = {
  /** The answers of the page, each with its cursor. */
  edges: Array<PredictionLogEdge>;
  /** The answers of the page, without cursors. */
  nodes: Array<LoggedPrediction>;
  /** Where the page lies in the log. */
  pageInfo: PageInfo;
};

/** A node of the page and its cursor. */
export type PredictionLogEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: LoggedPrediction;
};

/** Either a prediction or an error. */
export type PredictionOutcome = {
  /** Why it failed; null where it did not. */
  error?: Maybe<PredictionError>;
  /** The key, an object by column. */
  key?: Maybe<Scalars['JSON']['output']>;
  /** What was predicted; null where that failed. */
  prediction?: Maybe<Prediction>;
  /** The key of the user. */
  userId: Scalars['ID']['output'];
};

/** Which version to move, and where to. */
export type PromoteInput = {
  /** Passes failed gates, needs a reason, and is on record. */
  force?: Scalars['Boolean']['input'];
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** Why; kept on record. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** Where to. */
  stage?: Stage;
  /** The version's number. */
  version: Scalars['Int']['input'];
};

/** What `promote` would say of a version now. */
export type PromotionCheck = {
  /** Whether force, an administrator's, would pass over what failed. */
  forcible: Scalars['Boolean']['output'];
  /** Each gate's verdict, in the order they are judged. */
  gates: Array<GateResult>;
  /** Beside Production; null where nothing is there, or the two cannot be compared: the gates say why. */
  heldOut?: Maybe<HeldOutComparison>;
  /** Whether it would be promoted without force. */
  passed: Scalars['Boolean']['output'];
  /** Who would be archived. */
  replaces?: Maybe<ModelVersion>;
};

/** What asof is asked by. */
export type Protocol =
  /** Feast's feature server, under `/feast`. */
  | 'FEAST'
  /** GraphQL, its WebSockets and the console's pages. */
  | 'GRAPHQL'
  /** Open Inference under `/v2`, MLflow's scoring under `/serving` and `/invocations`. */
  | 'INFERENCE'
  /** MLflow's tracking and registry, under `/mlflow`. */
  | 'MLFLOW'
  /** The routes of asof's own beside GraphQL, such as `POST /predict`, files and metrics. */
  | 'REST';

/** A role that holds for what is asked by one protocol alone. */
export type ProtocolRole = {
  /** The protocol. */
  protocol: Protocol;
  /** What its holder may do by it. */
  role: Role;
};

/** A role that holds for what is asked by one protocol alone. */
export type ProtocolRoleInput = {
  /** The protocol. */
  protocol: Protocol;
  /** What its holder may do by it. */
  role: Role;
};

/** Fresh values of one view. */
export type PushInput = {
  /** 1 to 10 000. */
  rows: Array<PushRowInput>;
  /** A feature view's name. */
  view: Scalars['String']['input'];
};

/**
 * SERVED: it is what is served now. STALE: newer values are served, or an extract of the same date; it is kept for the
 * offline store. UNCHANGED: exactly this is there already. ERASED: the user was erased, and is kept out.
 */
export type PushOutcome =
  /** Nothing was kept: the user was erased. */
  | 'ERASED'
  /** It is served from now on. */
  | 'SERVED'
  /** A newer value is served already. */
  | 'STALE'
  /** The same values were there. */
  | 'UNCHANGED';

/** What became of pushed rows. */
export type PushResult = {
  /** Rows that are served now. */
  accepted: Scalars['Int']['output'];
  /** Rows of users who were erased: nothing of them is kept, until liftErasure lets them come back. */
  erased: Scalars['Int']['output'];
  /** In the order of the call's rows. */
  outcomes: Array<PushedRow>;
  /** Rows kept for the offline store only: newer values are served. */
  stale: Scalars['Int']['output'];
  /** Rows that said nothing new; pushing again is safe. */
  unchanged: Scalars['Int']['output'];
  /** The feature view's name. */
  view: Scalars['String']['output'];
  /** What is served although it is not as expected. */
  warnings: Array<PushWarning>;
};

/** The values of one user. */
export type PushRowInput = {
  /** The date the values hold from; not after today, in UTC. */
  asOf: Scalars['Date']['input'];
  /** The key of the user. */
  userId: Scalars['ID']['input'];
  /**
   * Values by the features' snake_case names. A feature that is not named keeps what held before; null empties it.
   * A view with a ttl takes whole rows only.
   */
  values: Scalars['JSON']['input'];
};

/** What a source expects with severity WARNING, or of most values, and one pushed row does not hold. */
export type PushWarning = {
  /** The column's name; null where it is about no single column. */
  column?: Maybe<Scalars['String']['output']>;
  /** The name of what was expected. */
  expectation: Scalars['String']['output'];
  /** Its place in the call, from 0. */
  row: Scalars['Int']['output'];
  /** What is expected, in words. */
  rule: Scalars['String']['output'];
  /** The key of the user. */
  userId: Scalars['ID']['output'];
  /** As it came, as JSON; `(masked)` where it may be a personal value, whoever pushed it. */
  value?: Maybe<Scalars['String']['output']>;
};

/** What became of one pushed row. */
export type PushedRow = {
  /** The date its values hold from. */
  asOf: Scalars['Date']['output'];
  /** What became of it. */
  outcome: PushOutcome;
  /** The key of the user. */
  userId: Scalars['ID']['output'];
};

/** Why a row was kept out. */
export type QuarantineReason = {
  /** The column's name; null where it is about no single column. */
  column?: Maybe<Scalars['String']['output']>;
  /** The name of what was expected. */
  expectation: Scalars['String']['output'];
  /** What would have been accepted, in words. */
  rule: Scalars['String']['output'];
};

/** A row that was kept out while the rest of its file was published. */
export type QuarantinedRow = {
  /** The key as delivered, by one name in every deployment. */
  key?: Maybe<Scalars['String']['output']>;
  /** Where the row begins in the file, from 1; of Parquet the row's number. */
  line: Scalars['Int']['output'];
  /** Of `row` the header's names whose values the caller may not see; they are null there. Empty: all of a list. Null: nothing is left out. */
  masked?: Maybe<Array<Scalars['String']['output']>>;
  /** What of it was not as expected. */
  reasons: Array<QuarantineReason>;
  /** The row as delivered, as text by column; a list where it has not one value a column. Values are cut after 2 000 characters. */
  row: Scalars['JSON']['output'];
  /** The source's name. */
  source: Scalars['String']['output'];
  /** As delivered. */
  userId?: Maybe<Scalars['String']['output']>;
};

/** One page of a list. */
export type QuarantinedRowConnection = {
  /** The nodes of the page, each with its cursor. */
  edges: Array<QuarantinedRowEdge>;
  /** The nodes of the page, without cursors. */
  nodes: Array<QuarantinedRow>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** How many the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A node of the page and its cursor. */
export type QuarantinedRowEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: QuarantinedRow;
};

/** A source of which rows were kept out. */
export type QuarantinedSource = {
  /** The name it was delivered under. */
  file: Scalars['String']['output'];
  /** Of the rows delivered. */
  percent: Scalars['Float']['output'];
  /** How many rows were kept out. */
  rows: Scalars['Int']['output'];
  /** The source's name. */
  source: Scalars['String']['output'];
};

/** What can be read. */
export type Query = {
  /** What was sent, waits or was given up, the newest first. What is over is kept for 30 days. */
  alertDeliveries?: Maybe<Array<AlertDelivery>>;
  /** Who is told of what, by name: rules of the definitions, and those set through the API. */
  alertRules?: Maybe<Array<AlertRule>>;
  /** Who did, or was refused, what, the newest first: one node an act. To look at it leaves no entry; an export does. */
  auditLog: AuditLogConnection;
  /** Up to 500 runs side by side, in the order asked for. RUN_NOT_FOUND names the first that is none. */
  compareRuns: RunComparison;
  /**
   * Whether one version of a model is better than another, or the difference may be chance: a paired bootstrap interval
   * on rows that neither was trained on. CONFLICT where there are none.
   */
  compareVersions?: Maybe<VersionComparison>;
  /** What could be ingested, newest first, with what became of each: from a table that workers fill at their start, each minute and on scanDeliveries. Of more than 10 000 folders the last ones by name. Null where no worker has looked yet. */
  deliveries?: Maybe<DeliveryConnection>;
  /** What this deployment declares: entities with their keys, feature services with their task, label and gates. */
  deployment: Deployment;
  /**
   * Drift of each feature of a model's service over its newest `first` dates, oldest first, against the snapshot that the
   * Production version was trained on: what a heat map shows. Stored; the dates that nobody asked about before are compared
   * for ten seconds at most, the others are `pending`. Null where no version is in Production.
   */
  driftHistory?: Maybe<Array<DriftPoint>>;
  /** One entity by its key, an object by column. Null where there is none. */
  entityRow?: Maybe<EntityRow>;
  /** The rows of an entity, by key. */
  entityRows: EntityRowConnection;
  /** How far an erasure would reach if it were asked for now: nothing is written. Refused where nothing has the key. */
  erasureReach: ErasureReach;
  /** An experiment by its name. */
  experiment?: Maybe<Experiment>;
  /** What runs are filed under, the newest first. */
  experiments: ExperimentConnection;
  /**
   * Per feature of a view: counts, missing share, moments, quantiles and a histogram (or the commonest values) of the
   * newest revision of a date. Computed when it is first asked for, and stored. Null for a view that nobody declared, or that the snapshot was made without.
   */
  featureProfile?: Maybe<Array<FeatureProfile>>;
  /** The feature service of that name. */
  featureService?: Maybe<FeatureService>;
  /** All feature services: what models are trained for. */
  featureServices: Array<FeatureService>;
  /** Views with their freshness, the hit rate, the last materialization. */
  featureStoreStatus: FeatureStoreStatus;
  /** The feature view of that name. */
  featureView?: Maybe<FeatureView>;
  /** All feature views. */
  featureViews: Array<FeatureView>;
  /**
   * Without asOf: the online values served right now. With asOf: what held on that date
   * (point-in-time). knownAt narrows it to what had been recorded by that instant, so that a
   * later correction of an old month does not leak into the answer. A user nobody knows gets
   * NOT_FOUND for every value, not an error.
   */
  features?: Maybe<UserFeatures>;
  /** How the service and its parts are doing. */
  health: Health;
  /**
   * Point-in-time join: one row per input row, in the input's order. At most 100 000 rows; for more, and for
   * files, there is exportTrainingSet.
   */
  historicalFeatures: Array<UserFeatures>;
  /** The model of that name. */
  model?: Maybe<RegisteredModel>;
  /** A version of a model. */
  modelVersion?: Maybe<ModelVersion>;
  /** Registered models, by name. */
  models: Array<RegisteredModel>;
  /** Every mutation there is, with the role it asks for and what a form for it needs; also where introspection is switched off. */
  mutationDefinitions: Array<MutationDefinition>;
  /**
   * Any object by its global id: a run's is its UUID, others are `<type>:<key>`, as `user:8627-ZYGSZ`,
   * `snapshot:2024-01-31:1`, `model:churn`, `version:churn:3`, `view:subs_profile`, `schedule:nightly`,
   * `experiment:2`. Null where there is none.
   */
  node?: Maybe<Node>;
  /** Up to 1 000 objects by their global ids, in the ids' order; null for each that is none. */
  nodes: Array<Maybe<Node>>;
  /**
   * Scores one user with the Production version, or with `version`, or with the one that has the `alias`. With asOf: the features
   * that held on that date and, unless a version is named, the version that was in Production then.
   */
  predict?: Maybe<Prediction>;
  /**
   * `predict`, the same in every deployment: with the model of a feature service, and a key that is an object by column.
   * Without a key, a cold start: `features` gives every stored feature that the version takes, or computes from, each
   * as a delivery would have it.
   */
  predictFor?: Maybe<Prediction>;
  /** Up to 10 000 users; an outcome per id, in the input's order; one bad id fails alone. */
  predictMany: Array<PredictionOutcome>;
  /**
   * What was answered about now, the newest first, as far as the prediction log keeps it: a share of it where
   * PREDICTION_LOG_SAMPLE says so, some seconds later. Of one user by the key or by `entityKey`, not by both.
   */
  predictions: PredictionLogConnection;
  /**
   * What `promote` would say, gate by gate, without promoting. One at a time a model; remembered until the version,
   * Production or the snapshots change. What `promote` refuses before it judges (MODEL_NOT_SERVABLE, a stage that the
   * version is in already) is the same error here.
   */
  promotionCheck?: Maybe<PromotionCheck>;
  /** The run of that id. */
  run?: Maybe<Run>;
  /** orderByMetric takes the place of orderBy. */
  runs: RunConnection;
  /** The schedule of that name. */
  schedule?: Maybe<Schedule>;
  /** Schedules, by name. */
  schedules: Array<Schedule>;
  /** The newest revision unless one is named. */
  snapshot?: Maybe<Snapshot>;
  /** What changed between the newest revisions of two dates, user by user. */
  snapshotDiff: SnapshotDiff;
  /** The newest date first, of a date the newest revision. */
  snapshots: SnapshotConnection;
  /** API tokens and sessions of people who signed in, never their secrets: those in use first, then by name. */
  tokens?: Maybe<Array<ApiToken>>;
  /** The user of that key. */
  user?: Maybe<User>;
  /** All users, by key. */
  users: UserConnection;
  /** Who asks, and what they may do. */
  viewer: Viewer;
};


/** What can be read. */
export type QueryAlertDeliveriesArgs = {
  first?: Scalars['Int']['input'];
  rule?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<AlertDeliveryState>;
};


/** What can be read. */
export type QueryAlertRulesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryAuditLogArgs = {
  action?: InputMaybe<Scalars['String']['input']>;
  actor?: InputMaybe<Scalars['String']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  from?: InputMaybe<Scalars['DateTime']['input']>;
  outcome?: InputMaybe<AuditOutcome>;
  search?: InputMaybe<Scalars['String']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};


/** What can be read. */
export type QueryCompareRunsArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** What can be read. */
export type QueryCompareVersionsArgs = {
  metric?: InputMaybe<Scalars['String']['input']>;
  model: Scalars['String']['input'];
  version: Scalars['Int']['input'];
  with: Scalars['Int']['input'];
};


/** What can be read. */
export type QueryDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** What can be read. */
export type QueryDriftHistoryArgs = {
  first?: Scalars['Int']['input'];
  model: Scalars['String']['input'];
};


/** What can be read. */
export type QueryEntityRowArgs = {
  entity: Scalars['String']['input'];
  key: Scalars['JSON']['input'];
};


/** What can be read. */
export type QueryEntityRowsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  entity: Scalars['String']['input'];
  first?: Scalars['Int']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
};


/** What can be read. */
export type QueryErasureReachArgs = {
  entity?: InputMaybe<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryExperimentArgs = {
  name: Scalars['String']['input'];
};


/** What can be read. */
export type QueryExperimentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  state?: ExperimentState;
};


/** What can be read. */
export type QueryFeatureProfileArgs = {
  asOf: Scalars['Date']['input'];
  view: Scalars['String']['input'];
};


/** What can be read. */
export type QueryFeatureServiceArgs = {
  name: Scalars['String']['input'];
};


/** What can be read. */
export type QueryFeatureViewArgs = {
  name: Scalars['String']['input'];
};


/** What can be read. */
export type QueryFeaturesArgs = {
  asOf?: InputMaybe<Scalars['Date']['input']>;
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
  userId: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryHistoricalFeaturesArgs = {
  rows: Array<EntityRowInput>;
};


/** What can be read. */
export type QueryModelArgs = {
  name: Scalars['String']['input'];
};


/** What can be read. */
export type QueryModelVersionArgs = {
  model: Scalars['String']['input'];
  version: Scalars['Int']['input'];
};


/** What can be read. */
export type QueryModelsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryMutationDefinitionsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
};


/** What can be read. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryNodesArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** What can be read. */
export type QueryPredictArgs = {
  alias?: InputMaybe<Scalars['String']['input']>;
  asOf?: InputMaybe<Scalars['Date']['input']>;
  model?: Scalars['String']['input'];
  request?: InputMaybe<Scalars['JSON']['input']>;
  userId: Scalars['ID']['input'];
  version?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryPredictForArgs = {
  alias?: InputMaybe<Scalars['String']['input']>;
  asOf?: InputMaybe<Scalars['Date']['input']>;
  features?: InputMaybe<Scalars['JSON']['input']>;
  key?: InputMaybe<Scalars['JSON']['input']>;
  log?: Scalars['Boolean']['input'];
  request?: InputMaybe<Scalars['JSON']['input']>;
  service: Scalars['String']['input'];
  version?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryPredictManyArgs = {
  alias?: InputMaybe<Scalars['String']['input']>;
  asOf?: InputMaybe<Scalars['Date']['input']>;
  model?: Scalars['String']['input'];
  request?: InputMaybe<Scalars['JSON']['input']>;
  requests?: InputMaybe<Array<Scalars['JSON']['input']>>;
  userIds: Array<Scalars['ID']['input']>;
  version?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryPredictionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  entityKey?: InputMaybe<Scalars['JSON']['input']>;
  first?: Scalars['Int']['input'];
  model?: InputMaybe<Scalars['String']['input']>;
  userId?: InputMaybe<Scalars['ID']['input']>;
  version?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryPromotionCheckArgs = {
  model: Scalars['String']['input'];
  stage?: Stage;
  version: Scalars['Int']['input'];
};


/** What can be read. */
export type QueryRunArgs = {
  id: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryRunsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  orderBy?: RunOrder;
  orderByMetric?: InputMaybe<MetricOrder>;
  where?: InputMaybe<RunFilter>;
};


/** What can be read. */
export type QueryScheduleArgs = {
  name: Scalars['String']['input'];
};


/** What can be read. */
export type QuerySchedulesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QuerySnapshotArgs = {
  asOf: Scalars['Date']['input'];
  revision?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QuerySnapshotDiffArgs = {
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
};


/** What can be read. */
export type QuerySnapshotsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** What can be read. */
export type QueryTokensArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. */
export type QueryUserArgs = {
  userId: Scalars['ID']['input'];
};


/** What can be read. */
export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** A model that was made elsewhere. */
export type RegisterModelInput = {
  /** The run's artifact that is the ONNX file. */
  artifact?: Scalars['String']['input'];
  /** The snapshot it is judged on; the last of the export where trainedOn names one. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** Up to 10 000 probabilities the model gave where it was trained, of users with a label: the file is refused where it gives others here. */
  expected?: InputMaybe<Array<ExpectedPrediction>>;
  /** How far an expected probability may be off; 0.0001 unless given. */
  expectedTolerance?: InputMaybe<Scalars['Float']['input']>;
  /** The snapshot of the labels, that of asOf unless given. */
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
  /** Of more labelled rows than these a sample is judged, which the run names; 1 000 000 unless given. */
  maxRows?: InputMaybe<Scalars['Int']['input']>;
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** The file itself in base64, at most 2 MiB decoded: it becomes that artifact. */
  onnx?: InputMaybe<Scalars['String']['input']>;
  /** The class whose probability is asked for, such as churn, as the file's classifier names its two. Without it, the second. */
  positiveClass?: InputMaybe<Scalars['String']['input']>;
  /** The run's id. */
  runId: Scalars['ID']['input'];
  /** Decides with testFraction which users are held out; unless given that of the export trainedOn names, where it has the column held_out, else 42. */
  seed?: InputMaybe<Scalars['Int']['input']>;
  /** What fills the file's inputs, where their names do not say it. */
  signature?: InputMaybe<DeclaredSignature>;
  /** The share of users that is held out; unless given that of the same export, else 0.25. */
  testFraction?: InputMaybe<Scalars['Float']['input']>;
  /** Where there is none, that of the greatest f1 on the users that are not held out. */
  threshold?: InputMaybe<Scalars['Float']['input']>;
  /** The EXPORT run that wrote what it was trained on: its snapshots are the version's and are kept while it serves, and whom its column held_out names it is judged on. */
  trainedOn?: InputMaybe<Scalars['ID']['input']>;
  /** How long to wait for the judgement, 0 to 60, and never longer than two thirds of REQUEST_TIMEOUT_MS, which is the default. A version that is not judged by then is answered PENDING. */
  waitSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** What a registration came to. */
export type RegisterOutcome = {
  /** Those that its metrics are of. */
  heldOutRows?: Maybe<Scalars['Int']['output']>;
  /** The labelled rows of the snapshots. */
  rows?: Maybe<Scalars['Int']['output']>;
  /** Which rows those are, in words. */
  sample?: Maybe<Scalars['String']['output']>;
  /** Those of them that the model was run on. */
  scoredRows?: Maybe<Scalars['Int']['output']>;
  /** SHA-256 of the ONNX file. */
  sha256?: Maybe<Scalars['String']['output']>;
  /** The probability from which on the prediction is 1; null of tasks without one. */
  threshold?: Maybe<Scalars['Float']['output']>;
  /** The version that it judged. */
  version?: Maybe<ModelVersion>;
  /** What it found and did not refuse. */
  warnings?: Maybe<Array<Scalars['String']['output']>>;
};

/** A model by name, with all its versions. */
export type RegisteredModel = Node & {
  /** The version that has the name. */
  alias?: Maybe<ModelVersion>;
  /** By name. */
  aliases: Array<ModelAlias>;
  /** The newest first. */
  canaries: Array<Canary>;
  /** The one that runs. */
  canary?: Maybe<Canary>;
  /** Who named, described, tagged, renamed or deleted what of it, newest first; stages are in transitions. */
  changes: Array<RegistryChange>;
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** The highest version number. */
  latest?: Maybe<ModelVersion>;
  /**
   * What it answered day by day, each version by itself, oldest first, as far as the prediction log goes back: the newest
   * `first` points, 1 to 90. Judged as `live` is, one at a time a process.
   */
  liveHistory?: Maybe<Array<LivePoint>>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** The version that answers now. */
  production?: Maybe<ModelVersion>;
  /** The version that is to be tried. */
  staging?: Maybe<ModelVersion>;
  /** Texts by name, as describeModel set them. */
  tags: Scalars['JSON']['output'];
  /** Newest first. */
  transitions: Array<StageTransition>;
  /** Its versions, the newest first. */
  versions: Array<ModelVersion>;
};


/** A model by name, with all its versions. */
export type RegisteredModelAliasArgs = {
  name: Scalars['String']['input'];
};


/** A model by name, with all its versions. */
export type RegisteredModelAliasesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** A model by name, with all its versions. */
export type RegisteredModelCanariesArgs = {
  first?: Scalars['Int']['input'];
};


/** A model by name, with all its versions. */
export type RegisteredModelChangesArgs = {
  before?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
};


/** A model by name, with all its versions. */
export type RegisteredModelLiveHistoryArgs = {
  first?: Scalars['Int']['input'];
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
};


/** A model by name, with all its versions. */
export type RegisteredModelTransitionsArgs = {
  before?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
};


/** A model by name, with all its versions. */
export type RegisteredModelVersionsArgs = {
  before?: InputMaybe<Scalars['Int']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** Who changed an experiment, or a model beside the stages of its versions. */
export type RegistryChange = {
  /** Who changed it. */
  actor: Scalars['String']['output'];
  /** When it was changed. */
  at: Scalars['DateTime']['output'];
  /** Grows with each change; for `before`. */
  id: Scalars['ID']['output'];
  /** What was changed, in words of then: a model that was renamed since has its former name. */
  message: Scalars['String']['output'];
};

/** Whether training again gave the same. */
export type ReproduceOutcome = {
  /** Whether the original left a record of all that is compared; 0.1.0 did not. */
  complete?: Maybe<Scalars['Boolean']['output']>;
  /** What differs, leaf by leaf. */
  differences?: Maybe<Array<ReproductionDifference>>;
  /** What of the environment differs, which need not change anything. */
  environment?: Maybe<Array<ReproductionDifference>>;
  /** Whether nothing differs. */
  identical?: Maybe<Scalars['Boolean']['output']>;
  /** The run that was done again. */
  original?: Maybe<Run>;
  /** SHA-256 of the ONNX file made again. */
  sha256?: Maybe<Scalars['String']['output']>;
};

/** Something of a training that is not as it was. */
export type ReproductionDifference = {
  /** What the original has. */
  original?: Maybe<Scalars['JSON']['output']>;
  /** What the reproduction has. */
  reproduced?: Maybe<Scalars['JSON']['output']>;
  /** Where it stands. */
  what: Scalars['String']['output'];
};

/** A value that a request brings; it is checked as the column of a delivery that it is learnt from. */
export type RequestFeature = {
  /** What it is, in words. */
  description?: Maybe<Scalars['String']['output']>;
  /** As in this schema: camelCase. */
  field: Scalars['String']['output'];
  /** The greatest value accepted. */
  max?: Maybe<Scalars['JSON']['output']>;
  /** The least value accepted, as `request` has it. */
  min?: Maybe<Scalars['JSON']['output']>;
  /** As in `request`: snake_case. */
  name: Scalars['String']['output'];
  /** The only values accepted; null: any. */
  oneOf?: Maybe<Array<Scalars['String']['output']>>;
  /** Whether a request without it is refused. */
  required: Scalars['Boolean']['output'];
  /** As declared. */
  type: Scalars['String']['output'];
};

/** What came of computing a date's windows again. */
export type ResnapshotOutcome = {
  /** The date's newest snapshot. */
  snapshot?: Maybe<Snapshot>;
  /** Whether the windows are what they were, so that there is no revision. */
  unchanged?: Maybe<Scalars['Boolean']['output']>;
  /** What was copied to the online store. */
  views?: Maybe<Array<ViewRows>>;
};

/** What retention does with one date. */
export type RetentionDate = {
  /** The date it is about. */
  asOf: Scalars['Date']['output'];
  /** The Production and Staging versions the date is kept for. */
  keptFor: Array<ModelVersion>;
  /** What becomes of its rows. */
  outcome: RetentionOutcome;
  /** Why it was kept, or that it is before the limit and nothing keeps it. */
  reason: Scalars['String']['output'];
  /** The date's revisions that are kept or dropped. */
  snapshots: Array<Snapshot>;
};


/** What retention does with one date. */
export type RetentionDateKeptForArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What retention does with one date. */
export type RetentionDateSnapshotsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What became of a date's rows, or of a month's events. */
export type RetentionOutcome =
  /** It was dropped. */
  | 'DROPPED'
  /** It is kept. */
  | 'KEPT'
  /** It would be dropped; this was a dry run. */
  | 'WOULD_DROP';

/** Every date that had rows when it was asked for, oldest first, and what became of them. */
export type RetentionReport = {
  /** Every date that had rows, oldest first. */
  dates: Array<RetentionDate>;
  /** Whether nothing was dropped. */
  dryRun: Scalars['Boolean']['output'];
  /** From it on every date is kept. Null where there is no snapshot. */
  limit?: Maybe<Scalars['Date']['output']>;
};


/** Every date that had rows when it was asked for, oldest first, and what became of them. */
export type RetentionReportDatesArgs = {
  after?: InputMaybe<Scalars['Date']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What a caller may do; each includes those before it. */
export type Role =
  /** Also deletes, passes over gates, and makes tokens. */
  | 'ADMIN'
  /** Does what roles for single models and protocols give, and nothing else. */
  | 'NONE'
  /** Also starts runs, promotes, and manages schedules. */
  | 'OPERATOR'
  /** Reads and predicts. */
  | 'VIEWER';

/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type Run = Node & {
  /** Who started it. */
  actor: Scalars['String']['output'];
  /** The files it left, by name. */
  artifacts: Array<Artifact>;
  /** 1 for the first; a retry counts on. */
  attempt: Scalars['Int']['output'];
  /** Its candidates or trials, in the order they were begun. */
  children: Array<Run>;
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** When it was put aside: it is in no list of runs until it is restored. */
  deletedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How long it took, in milliseconds; null before its end. */
  durationMs?: Maybe<Scalars['Float']['output']>;
  /** What it ran on: versions, platform, hashes of the definitions. */
  environment: Scalars['JSON']['output'];
  /** Why it failed; null where it did not. */
  error?: Maybe<RunError>;
  /** What happened, oldest first, after the cursor. */
  events: Array<RunEvent>;
  /** What it is filed under. */
  experiment: Experiment;
  /** When it ended; null before. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The commit of the code that ran. */
  gitCommit?: Maybe<Scalars['String']['output']>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** What it does. */
  kind: RunKind;
  /** Of every series the point of its greatest step, by name. */
  latestMetrics: Array<Metric>;
  /** The value of this name's greatest step. */
  metric?: Maybe<Scalars['Float']['output']>;
  /** One series by step; `afterStep` is the last step of the page before. */
  metricHistory: Array<Metric>;
  /** Every point of every series, by name and step; of a run with more, the first 10 000. metricHistory has all. */
  metrics: Array<Metric>;
  /** The version it registered; of a comparison or search, that of the candidate or trial it chose. */
  modelVersion?: Maybe<ModelVersion>;
  /** What people call it. */
  name?: Maybe<Scalars['String']['output']>;
  /** A free text by its maintainers. */
  note?: Maybe<Scalars['String']['output']>;
  /** What it came to, typed by its kind; null until it has ended, and where it left nothing. */
  outcome?: Maybe<RunOutcome>;
  /** What it was started with. */
  params: Scalars['JSON']['output'];
  /** The run that this one is a candidate or a trial of. */
  parent?: Maybe<Run>;
  /** The rows its publication kept out, by source and line. */
  quarantined: QuarantinedRowConnection;
  /** The x-request-id of the request that started it, or tried it again last; null where a schedule or another run did. */
  requestId?: Maybe<Scalars['String']['output']>;
  /** What the run returned, by kind: reproduce -> {identical, differences}, trainAndCompare -> {decision, candidate, production}, ingest -> {unchanged, rows}. */
  result?: Maybe<Scalars['JSON']['output']>;
  /** The snapshot it made (an ingest), read (a training, a registration) or copied (materialize); null for other runs. */
  snapshot?: Maybe<Snapshot>;
  /** When it began; null before. */
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How far it has come. */
  status: RunStatus;
  /** What it consists of, in order. */
  steps: Array<RunStep>;
  /** Texts by name, as updateRun set them. */
  tags: Scalars['JSON']['output'];
  /** What an ingest found in the delivery. */
  validation?: Maybe<ValidationReport>;
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunArtifactsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunChildrenArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunEventsArgs = {
  after?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunLatestMetricsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  names?: InputMaybe<Array<Scalars['String']['input']>>;
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunMetricArgs = {
  name: Scalars['String']['input'];
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunMetricHistoryArgs = {
  after?: InputMaybe<Scalars['Int']['input']>;
  afterStep?: InputMaybe<Scalars['Float']['input']>;
  first?: Scalars['Int']['input'];
  name: Scalars['String']['input'];
};


/** One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here. */
export type RunQuarantinedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  source?: InputMaybe<Scalars['String']['input']>;
};

/** Runs side by side. */
export type RunComparison = {
  /** The latest value of every metric, by name. */
  metrics: Array<ComparedValue>;
  /** Every leaf of the parameters, by name. */
  params: Array<ComparedValue>;
  /** The runs, as they were asked for. */
  runs: Array<Run>;
};


/** Runs side by side. */
export type RunComparisonMetricsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Runs side by side. */
export type RunComparisonParamsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** One page of a list of runs. */
export type RunConnection = {
  /** The runs of the page, each with its cursor. */
  edges: Array<RunEdge>;
  /** The runs of the page, without cursors. */
  nodes: Array<Run>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** Of the whole list. Counted where it is asked for, up to 100 000; with `where` or `orderByMetric` up to 5 000. */
  totalCount: Scalars['Int']['output'];
  /** False where there are more than totalCount says. */
  totalCountIsExact: Scalars['Boolean']['output'];
};

/** A node of the page and its cursor. */
export type RunEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: Run;
};

/** Why a run failed. */
export type RunError = {
  /** A stable code, as of GraphQL's errors. */
  code: Scalars['String']['output'];
  /** What failed, what was found and what to do. */
  message: Scalars['String']['output'];
  /** The step it failed in. */
  step?: Maybe<Scalars['String']['output']>;
};

/** Something that happened in a run. */
export type RunEvent = {
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** Its values, for programs. */
  data?: Maybe<Scalars['JSON']['output']>;
  /** Cursor, growing. */
  id: Scalars['ID']['output'];
  /** The kind of the run. */
  kind: RunKind;
  /** What happened, in words. */
  message: Scalars['String']['output'];
  /** 0 to 1 */
  progress?: Maybe<Scalars['Float']['output']>;
  /** The run it happened in. */
  run: Run;
  /** The run's id. */
  runId: Scalars['ID']['output'];
  /** The run's, when this happened. */
  status: RunStatus;
  /** The step it happened in. */
  step?: Maybe<Scalars['String']['output']>;
  /** What the event reports. */
  type: RunEventType;
};

/** What an event reports. */
export type RunEventType =
  /** A line of the log. */
  | 'LOG'
  /** Something was measured. */
  | 'METRIC'
  /** How far a step has come. */
  | 'PROGRESS'
  /** The run's status changed. */
  | 'STATUS'
  /** A step began or ended. */
  | 'STEP';

/** Runs that meet every condition given. */
export type RunFilter = {
  /** Who started it. */
  actor?: InputMaybe<Scalars['String']['input']>;
  /** Started with this date. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** Excluded. */
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** Created at this instant or later. */
  createdFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** The name of the experiment that they are filed under. */
  experiment?: InputMaybe<Scalars['String']['input']>;
  /** Of this kind. */
  kind?: InputMaybe<RunKind>;
  /** Of any of these kinds; of none where it is empty. */
  kinds?: InputMaybe<Array<RunKind>>;
  /** With a metric within bounds. */
  metric?: InputMaybe<MetricFilter>;
  /** With each of these metrics within its bounds; 20 at most. */
  metrics?: InputMaybe<Array<MetricFilter>>;
  /** Started for this model. */
  model?: InputMaybe<Scalars['String']['input']>;
  /** With each of these parameters; 20 at most. */
  params?: InputMaybe<Array<ParamFilter>>;
  /** In this state. */
  status?: InputMaybe<RunStatus>;
  /** In any of these states; in none where it is empty. */
  statuses?: InputMaybe<Array<RunStatus>>;
  /** With each of these tags; 20 at most. */
  tags?: InputMaybe<Array<TagFilter>>;
};

/** What a run does. */
export type RunKind =
  /** Makes past snapshots from histories of events. */
  | 'BACKFILL'
  /** Compares the features of two dates. */
  | 'DRIFT'
  /** Erases a person. */
  | 'ERASE'
  /** Writes a training set to files. */
  | 'EXPORT'
  /** Ran elsewhere; clients write it. */
  | 'EXTERNAL'
  /** Validates, publishes and snapshots a delivery. */
  | 'INGEST'
  /** Joins features to a file of keys and dates. */
  | 'JOIN'
  /** Copies a snapshot into the online store. */
  | 'MATERIALIZE'
  /** Judges a model trained elsewhere, and registers it. */
  | 'REGISTER'
  /** Trains again as a run did, and says what differs. */
  | 'REPRODUCE'
  /** Computes the windows of a snapshot again. */
  | 'RESNAPSHOT'
  /** Trains a version of a model. */
  | 'TRAIN'
  /** Trains a candidate and promotes it where it beats Production. */
  | 'TRAIN_AND_COMPARE'
  /** Trains by a program that the deployment declares. */
  | 'TRAIN_EXTERNALLY'
  /** Searches parameters. */
  | 'TUNE'
  /** Compares online values with those of the snapshots. */
  | 'VERIFY_PARITY'
  /** Withdraws a snapshot. */
  | 'WITHDRAW';

/** How a list of runs is ordered. */
export type RunOrder =
  /** The oldest first. */
  | 'CREATED_ASC'
  /** The newest first. */
  | 'CREATED_DESC'
  /** The longest first. */
  | 'DURATION_DESC';

/** What a run came to, by its kind: `result`, typed. Every field of its types may be null. */
export type RunOutcome = BackfillOutcome | CompareOutcome | DriftOutcome | EraseOutcome | ExportOutcome | ExternalOutcome | IngestOutcome | JoinOutcome | MaterializeOutcome | OtherOutcome | ParityOutcome | RegisterOutcome | ReproduceOutcome | ResnapshotOutcome | TrainExternallyOutcome | TrainOutcome | TuneOutcome | WithdrawOutcome;

/** What of old runs was deleted, or would be, and what stays although it is old. */
export type RunRetentionReport = {
  /** Artifacts that went with them, or would. */
  artifacts: Scalars['Int']['output'];
  /** Runs that ended before it are looked at. */
  before: Scalars['DateTime']['output'];
  /** Bytes of artifacts that nothing else has. */
  bytesFreed: Scalars['Float']['output'];
  /** Whether it only says what would be deleted. */
  dryRun: Scalars['Boolean']['output'];
  /** Old runs that stay, by reason. */
  kept: Array<KeptRuns>;
  /** Whether there are more old runs than the 1 000 that one call looks at: ask again. */
  more: Scalars['Boolean']['output'];
  /** The runs that were deleted, or would be. */
  runIds: Array<Scalars['ID']['output']>;
};


/** What of old runs was deleted, or would be, and what stays although it is old. */
export type RunRetentionReportKeptArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What of old runs was deleted, or would be, and what stays although it is old. */
export type RunRetentionReportRunIdsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How far a run, or a step of one, has come. */
export type RunStatus =
  /** Somebody ended it. */
  | 'CANCELLED'
  /** It ended with an error. */
  | 'FAILED'
  /** It waits for a worker. */
  | 'QUEUED'
  /** It is under way. */
  | 'RUNNING'
  /** It ended as it should. */
  | 'SUCCEEDED';

/** A part of a run that is done once: a run that is taken over goes on behind it. */
export type RunStep = {
  /** 1 for the first; counted again where it is tried again. */
  attempt: Scalars['Int']['output'];
  /** How long it took, in milliseconds; null before its end. */
  durationMs?: Maybe<Scalars['Float']['output']>;
  /** When it ended; null before. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** When it began; null before. */
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How far it has come. */
  status: RunStatus;
};

/** Starts runs by the clock. */
export type Schedule = Node & {
  /** Who set it last. */
  actor: Scalars['String']['output'];
  /** Whether what was missed is started afterwards. */
  catchUp: Scalars['Boolean']['output'];
  /** When it comes due, as a cron expression. */
  cron: Scalars['String']['output'];
  /** When it came due, newest first. */
  firings: Array<ScheduleFiring>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** What it starts. */
  kind: RunKind;
  /** The instant it last came due. */
  lastFiredAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Null while paused. */
  nextAt?: Maybe<Scalars['DateTime']['output']>;
  /** As they were set, with placeholders. */
  params: Scalars['JSON']['output'];
  /** Whether it does not come due at present. */
  paused: Scalars['Boolean']['output'];
  /** The IANA time zone that the cron expression is read in. */
  timezone: Scalars['String']['output'];
};


/** Starts runs by the clock. */
export type ScheduleFiringsArgs = {
  first?: Scalars['Int']['input'];
};

/** One time a schedule came due: it started a run, or says why it could not. */
export type ScheduleFiring = {
  /** Why no run was started; null where one was. */
  error?: Maybe<RunError>;
  /** The run it started. */
  run?: Maybe<Run>;
  /** The instant it came due. */
  scheduledFor: Scalars['DateTime']['output'];
};

/** What to start, and when. */
export type ScheduleInput = {
  /** Whether what was missed while no worker ran, or while it was paused, is started afterwards. */
  catchUp?: Scalars['Boolean']['input'];
  /** minute hour day month weekday, such as "0 3 1 * *", or six fields with seconds first. Day and weekday must both hold. */
  cron: Scalars['String']['input'];
  /** What it starts. */
  kind: RunKind;
  /** Of this schedule; setting it again changes it. */
  name: Scalars['String']['input'];
  /**
   * What that kind's mutation takes. Texts may hold {date}, {yesterday}, {month}, {previous_month} and
   * {previous_month_end}: {source: "month_{previous_month}", asOf: "{previous_month_end}"}.
   */
  params: Scalars['JSON']['input'];
  /** IANA name; cron and placeholders are read in it. */
  timezone?: Scalars['String']['input'];
};

/** How the features to learn from are chosen, on training rows alone. */
export type SelectFeaturesInput = {
  /** What features are judged by. */
  by?: SelectionMethod;
  /** So many of the best are learnt from; absent: those above every shuffled copy of a feature on each fold. */
  keep?: InputMaybe<Scalars['Int']['input']>;
};

/** What features are judged by, of training rows that the judged fits have not learnt from. */
export type SelectionMethod =
  /** By how much worse answers get when the values of the feature are shuffled. */
  | 'PERMUTATION'
  /** By the mean size of what the feature adds to answers. */
  | 'SHAP';

/** What a model was given when it answered, from the prediction log. */
export type ServedInput = {
  /** From the first that is kept unless given. */
  since?: InputMaybe<Scalars['DateTime']['input']>;
  /** Until now unless given. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
  /** Every version unless one is named. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** What follows where an expectation does not hold. */
export type Severity =
  /** Nothing is published; of a source that quarantines, not the rows in question. */
  | 'ERROR'
  /** Reported; the data is published all the same. */
  | 'WARNING';

/** A version as a shadow, beside those that answered the same requests. */
export type ShadowComparison = {
  /** Share of requests on which both say the same. */
  agreement?: Maybe<Scalars['Float']['output']>;
  /** Of the Kolmogorov–Smirnov test that both are alike. */
  ksPValue?: Maybe<Scalars['Float']['output']>;
  /** Kolmogorov–Smirnov, of the two score distributions. */
  ksStatistic?: Maybe<Scalars['Float']['output']>;
  /** The greatest difference of one answer. */
  maxShift?: Maybe<Scalars['Float']['output']>;
  /** The shadow's mean. */
  meanProbability?: Maybe<Scalars['Float']['output']>;
  /** The mean of what was answered. */
  meanServedProbability?: Maybe<Scalars['Float']['output']>;
  /** Of regression, the mean of the served values. */
  meanServedValue?: Maybe<Scalars['Float']['output']>;
  /** Mean of |shadow − served|. */
  meanShift?: Maybe<Scalars['Float']['output']>;
  /** Of regression, the mean of the shadow's values. */
  meanValue?: Maybe<Scalars['Float']['output']>;
  /** How many answers were compared. */
  predictions: Scalars['Int']['output'];
  /** How often both say the same. */
  table: ShadowTable;
};

/** Requests by which of the two would have answered 1. */
export type ShadowTable = {
  /** Both say 1. */
  both: Scalars['Int']['output'];
  /** Neither says 1. */
  neither: Scalars['Int']['output'];
  /** What was answered alone says 1. */
  onlyServed: Scalars['Int']['output'];
  /** The shadow alone says 1. */
  onlyShadow: Scalars['Int']['output'];
};

/** What was published for one date, features and labels; it never changes. */
export type Snapshot = Node & {
  /** The date it describes. */
  asOf: Scalars['Date']['output'];
  /** SHA-256 over every row and column of every source, whatever their order. */
  contentSha256: Scalars['String']['output'];
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** How the values of a view's features are distributed in it. Computed when it is first asked for, and stored. Null where it was made without the view, or its rows were dropped before. */
  featureProfile?: Maybe<Array<FeatureProfile>>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** The feature services whose labels were delivered for its date: what can be trained as of it. */
  labelled: Array<Scalars['String']['output']>;
  /** Events that came, were corrected or were removed after its window features were computed, and that they would see; 0: it is not stale. */
  lateEvents: Scalars['Int']['output'];
  /** One for each source that is known on its date, by name. */
  parts: Array<SnapshotPart>;
  /** 1 for the first; changed content for the same date makes the next. */
  revision: Scalars['Int']['output'];
  /** How many rows it has. */
  rowCount: Scalars['Int']['output'];
  /** False where retention dropped its rows: it is on record, and nothing reads it any more. */
  rowsAvailable: Scalars['Boolean']['output'];
  /** The run that made it. */
  run: Run;
  /** The files it was made from. */
  sources: Array<SourceFile>;
  /** Whether it holds. */
  state: SnapshotState;
  /** What its ingest found in the delivery. */
  validation?: Maybe<ValidationReport>;
  /** What it is made of, one entry a view or source of labels. */
  views: Array<SnapshotView>;
  /** Who withdrew it, and why; null where it holds. */
  withdrawal?: Maybe<Withdrawal>;
};


/** What was published for one date, features and labels; it never changes. */
export type SnapshotFeatureProfileArgs = {
  view: Scalars['String']['input'];
};

/** One page of a list. */
export type SnapshotConnection = {
  /** The nodes of the page, each with its cursor. */
  edges: Array<SnapshotEdge>;
  /** The nodes of the page, without cursors. */
  nodes: Array<Snapshot>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** How many the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** What changed between two snapshots. */
export type SnapshotDiff = {
  /** The snapshot before. */
  from: Snapshot;
  /**
   * Whether the content hashes are equal. They cover pushed values too: false with every view identical where the
   * extracts are alike and only what was pushed differs.
   */
  identical: Scalars['Boolean']['output'];
  /** The snapshot after. */
  to: Snapshot;
  /** What changed in each view. */
  views: Array<ViewDiff>;
};

/** A node of the page and its cursor. */
export type SnapshotEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: Snapshot;
};

/** What a snapshot has of one source: rows that were delivered for its date, or those it carries on. */
export type SnapshotPart = {
  /** Whether it is carried on from an earlier date, because the delivery lacks the source. */
  carriedOn: Scalars['Boolean']['output'];
  /** SHA-256 of its content, whatever the order of the rows. */
  contentSha256: Scalars['String']['output'];
  /** The date its rows hold from; age and ttl count from it. Earlier than the snapshot's where it is carried on. */
  eventDate: Scalars['Date']['output'];
  /** How many rows it has. */
  rowCount: Scalars['Int']['output'];
  /** The source's name, or a view's with :pushes for what was pushed to it. */
  source: Scalars['String']['output'];
};

/** Whether a snapshot holds. */
export type SnapshotState =
  /** Retention dropped its rows; it is on record. */
  | 'DROPPED'
  /** It holds. */
  | 'PUBLISHED'
  /** It should not have been published; who asks from then on does not find it. */
  | 'WITHDRAWN';

/** One view, or source of labels, in a snapshot. */
export type SnapshotView = {
  /** SHA-256 of its content, whatever the order of the rows. */
  contentSha256: Scalars['String']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** How many rows it has. */
  rowCount: Scalars['Int']['output'];
};

/** Which end of a list comes first. */
export type SortDirection =
  /** The smallest first. */
  | 'ASC'
  /** The greatest first. */
  | 'DESC';

/** A file that a snapshot was made from. */
export type SourceFile = {
  /** Its size in bytes. */
  bytes: Scalars['Float']['output'];
  /** Where the definitions had it come from, such as s3://bucket/prefix/2024-01/users.csv or the name of a variable; null: from where the ingest said. */
  from?: Maybe<Scalars['String']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** How many rows it has. */
  rowCount: Scalars['Int']['output'];
  /** SHA-256 of its bytes. */
  sha256: Scalars['String']['output'];
  /** SHA-256 of the statement whose rows it was; null of files. */
  statementSha256?: Maybe<Scalars['String']['output']>;
};

/** What a delivery changed in the live table of one source. */
export type SourceRows = {
  /** Rows beside them that were passed over: their person was erased. */
  erased: Scalars['Int']['output'];
  /** Of them new ones. */
  inserted: Scalars['Int']['output'];
  /** Rows beside them that were kept out. */
  quarantined: Scalars['Int']['output'];
  /** Rows that were published. */
  rows: Scalars['Int']['output'];
  /** The source's name. */
  source: Scalars['String']['output'];
  /** Of them those that were there already. */
  unchanged: Scalars['Int']['output'];
  /** Of them changed ones. */
  updated: Scalars['Int']['output'];
};

/** What a training holds out, to measure on. */
export type SplitBy =
  /** testFraction of the keys, on all dates. */
  | 'KEYS'
  /** testFraction of the dates, the newest: trained on the past, measured on what came after. */
  | 'TIME';

/** What a version of a model is used for. */
export type Stage =
  /** No longer in use. */
  | 'ARCHIVED'
  /** Registered, in no use. */
  | 'NONE'
  /** It answers, unless another version is named. */
  | 'PRODUCTION'
  /** To be tried before Production. */
  | 'STAGING';

/** Who moved a version from one stage to another, when and why; written once, never changed. */
export type StageTransition = {
  /** Who did it. */
  actor: Scalars['String']['output'];
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** It went through although a gate failed. */
  forced: Scalars['Boolean']['output'];
  /** Where the version stood before. */
  from: Stage;
  /** What the gates said. */
  gates: Array<GateResult>;
  /** It grows with time. */
  id: Scalars['ID']['output'];
  /** The model's name. */
  model: Scalars['String']['output'];
  /** Why; kept on record. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Where it has stood since. */
  to: Stage;
  /** The version's number. */
  version: Scalars['Int']['output'];
};

/** Which version is to answer which share of the keys. */
export type StartCanaryInput = {
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** Of the keys: above 0 and below 1. */
  share: Scalars['Float']['input'];
  /** Without one it runs until somebody ends it. */
  stopRule?: InputMaybe<CanaryRuleInput>;
  /** The challenger. */
  version: Scalars['Int']['input'];
};

/** Events as they happen. */
export type Subscription = {
  /** Every promotion, archiving and rollback from now on, of all models or of one. */
  modelTransitions: StageTransition;
  /**
   * All runs, or one. Replays what came after the cursor, then goes on live: nothing missed, nothing twice. Without a
   * cursor one run is replayed from its beginning, all runs from now on.
   */
  runEvents: RunEvent;
};


/** Events as they happen. */
export type SubscriptionModelTransitionsArgs = {
  model?: InputMaybe<Scalars['String']['input']>;
};


/** Events as they happen. */
export type SubscriptionRunEventsArgs = {
  after?: InputMaybe<Scalars['ID']['input']>;
  runId?: InputMaybe<Scalars['ID']['input']>;
};

/** Runs with this tag; without a value, any will do. */
export type TagFilter = {
  /** The tag's name. */
  name: Scalars['String']['input'];
  /** Its text; absent: any. */
  value?: InputMaybe<Scalars['String']['input']>;
};

/** How the categories of text features stand for what their labels were. */
export type TargetEncodingInput = {
  /** Text features of more categories than that are encoded; 0: all of them. */
  above?: Scalars['Int']['input'];
  /** Categories of fewer training rows count as unknown. */
  minRows?: Scalars['Int']['input'];
  /** So many rows of the average label are added to those of each category. */
  smoothing?: Scalars['Float']['input'];
};

/** What a feature service's models answer. */
export type Task =
  /** One of two classes. */
  | 'BINARY'
  /** One of several classes. */
  | 'MULTICLASS'
  /** Features alone; nothing is trained. */
  | 'NONE'
  /** A number. */
  | 'REGRESSION';

/** One input or output of the ONNX file. */
export type TensorSpec = {
  /** What fills it, in order. Null for asof's own models: there the names say it. */
  features?: Maybe<Array<Scalars['String']['output']>>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Null: any number of rows. */
  shape: Array<Maybe<Scalars['Int']['output']>>;
  /** The type of its elements. */
  type: Scalars['String']['output'];
};

/** What becomes of the held-out rows where those with at least this probability are called positive. */
export type ThresholdRow = {
  /** Positive rows called negative. */
  falseNegatives: Scalars['Int']['output'];
  /** Negative rows called positive. */
  falsePositives: Scalars['Int']['output'];
  /** The least probability that is called positive. */
  threshold: Scalars['Float']['output'];
  /** Negative rows called negative. */
  trueNegatives: Scalars['Int']['output'];
  /** Positive rows called positive. */
  truePositives: Scalars['Int']['output'];
};

/** Which command trains, on what, and what its version is compared with. */
export type TrainExternallyInput = {
  /** The snapshot the features come from. Without it and asOfFrom the newest that has labels. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** Of a panel the first date: it has a row for each key and date, and keeps a key's rows on one side of the split. */
  asOfFrom?: InputMaybe<Scalars['Date']['input']>;
  /** Of a panel the last date, the newest unless given. */
  asOfTo?: InputMaybe<Scalars['Date']['input']>;
  /** One of the training commands that the deployment declares. */
  command: Scalars['String']['input'];
  /** What the version must win by to take Production's place, as in trainAndCompare; absent: it is registered, and not compared. */
  delta?: InputMaybe<Scalars['Float']['input']>;
  /** snake_case names, in the order of the columns; unless given, all of the service that the caller may see. */
  features?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Trains on the revisions that were known at that instant; absent: on the newest. */
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The labels are as they held so many days after each date; dates whose day is yet to come are left out. */
  labelAfterDays?: InputMaybe<Scalars['Int']['input']>;
  /** The snapshot the labels come from, asOf unless given; a later date trains a forecast. */
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** The command gets them as they are, in its specification; what they mean is its own affair. */
  params?: InputMaybe<Scalars['JSON']['input']>;
  /** What randomness begins from: the same seed gives the same model. */
  seed?: Scalars['Int']['input'];
  /** Share of the users held out to measure on. */
  testFraction?: Scalars['Float']['input'];
};

/** What a training command came to. */
export type TrainExternallyOutcome = {
  /** The date of the rows of both. */
  comparedOn?: Maybe<Scalars['Date']['output']>;
  /** Whether the candidate was promoted. */
  decision?: Maybe<CompareDecision>;
  /** What the candidate had to win by. */
  delta?: Maybe<Scalars['Float']['output']>;
  /** By how much the candidate is better; negative where it is worse. */
  difference?: Maybe<Scalars['Float']['output']>;
  /** The gates' verdicts, and wins_by_delta. */
  gates?: Maybe<Array<GateResult>>;
  /** How many rows both were measured on. */
  heldOutRows?: Maybe<Scalars['Int']['output']>;
  /** The lower end of the difference's interval. */
  lower?: Maybe<Scalars['Float']['output']>;
  /** What the two were compared by. */
  metric?: Maybe<Scalars['String']['output']>;
  /** Of both, each at its own threshold. */
  metrics?: Maybe<Array<HeldOutMetric>>;
  /** The version it was compared with. */
  production?: Maybe<ModelVersion>;
  /** Why, in words and numbers. */
  reason?: Maybe<Scalars['String']['output']>;
  /** The command's own run, which it may have logged to. */
  trainer?: Maybe<Run>;
  /** The run that exported its training set. */
  trainingSet?: Maybe<Run>;
  /** The upper end. */
  upper?: Maybe<Scalars['Float']['output']>;
  /** The version that was registered from the command's model. */
  version?: Maybe<ModelVersion>;
};

/** What to train, and on what. */
export type TrainInput = {
  /** What trains the model. */
  algorithm?: Algorithm;
  /** The snapshot the features come from. Without it and asOfFrom the newest that has labels. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** Of a panel the first date: it has a row for each key and date, and keeps a key's rows on one side of the split. */
  asOfFrom?: InputMaybe<Scalars['Date']['input']>;
  /** Of a panel the last date, the newest unless given. */
  asOfTo?: InputMaybe<Scalars['Date']['input']>;
  /** How probabilities are put right; absent: as the service declares it, or not at all. */
  calibration?: InputMaybe<Calibration>;
  /** How the threshold is chosen; absent: as the service declares it, or by the best F1. */
  decision?: InputMaybe<DecisionInput>;
  /** snake_case names of the features to learn from; all of the service unless given. */
  features?: InputMaybe<Array<Scalars['String']['input']>>;
  /** 2 to 20: also judges as many fits on stratified folds of the training rows; metrics cv_<name>_mean and _std. */
  folds?: InputMaybe<Scalars['Int']['input']>;
  /** Trains on the revisions that were known at that instant; absent: on the newest. */
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The labels are as they held so many days after each date; dates whose day is yet to come are left out. */
  labelAfterDays?: InputMaybe<Scalars['Int']['input']>;
  /** The snapshot the labels come from, asOf unless given; a later date trains a forecast. */
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** The algorithm's own parameters, by name. */
  params?: InputMaybe<Scalars['JSON']['input']>;
  /** What randomness begins from: the same seed gives the same model. */
  seed?: Scalars['Int']['input'];
  /** The model learns from the features that are worth most, chosen on training rows; absent: from all. */
  selectFeatures?: InputMaybe<SelectFeaturesInput>;
  /** TIME holds out the newest dates of a panel; dates whose labels came after the first of them are left out. */
  splitBy?: SplitBy;
  /** Text features of many categories are learnt by what the labels of each category were, out of fold; absent: by their 254 most frequent categories. */
  targetEncoding?: InputMaybe<TargetEncodingInput>;
  /** Share of the users held out to measure on. */
  testFraction?: Scalars['Float']['input'];
  /** What to do with a feature that the snapshot was made without. */
  undeclared?: Undeclared;
};

/** What a training made. */
export type TrainOutcome = {
  /** SHA-256 of the ONNX file. */
  sha256?: Maybe<Scalars['String']['output']>;
  /** The probability from which on the prediction is 1; null of tasks without one. */
  threshold?: Maybe<Scalars['Float']['output']>;
  /** The version it registered; null of a search's trial that was not chosen. */
  version?: Maybe<ModelVersion>;
};

/** What to search, and on what. */
export type TuneInput = {
  /** What trains the model. */
  algorithm?: Algorithm;
  /** The snapshot the features come from. Without it and asOfFrom the newest that has labels. */
  asOf?: InputMaybe<Scalars['Date']['input']>;
  /** Of a panel the first date: it has a row for each key and date, and keeps a key's rows on one side of the split. */
  asOfFrom?: InputMaybe<Scalars['Date']['input']>;
  /** Of a panel the last date, the newest unless given. */
  asOfTo?: InputMaybe<Scalars['Date']['input']>;
  /** How probabilities are put right; absent: as the service declares it, or not at all. */
  calibration?: InputMaybe<Calibration>;
  /** How the threshold is chosen; absent: as the service declares it, or by the best F1. */
  decision?: InputMaybe<DecisionInput>;
  /** snake_case names of the features to learn from; all of the service unless given. */
  features?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The labels are as they held so many days after each date; dates whose day is yet to come are left out. */
  labelAfterDays?: InputMaybe<Scalars['Int']['input']>;
  /** The snapshot the labels come from. */
  labelAsOf?: InputMaybe<Scalars['Date']['input']>;
  /** The task's own unless given: AUC of yes and no, RMSE of numbers. */
  metric?: InputMaybe<TuneMetric>;
  /** The model's name. */
  model?: Scalars['String']['input'];
  /** Of the search: the same seed draws the same trials. */
  searchSeed?: Scalars['Int']['input'];
  /** Of the split, as in train. */
  seed?: Scalars['Int']['input'];
  /** The model learns from the features that are worth most, chosen on training rows; absent: from all. */
  selectFeatures?: InputMaybe<SelectFeaturesInput>;
  /** Over the algorithm's own space, by parameter: a value, {"choices": […]}, {"min", "max", "log"}, or null to leave it at its default. */
  space?: InputMaybe<Scalars['JSON']['input']>;
  /** TIME holds out the newest dates of a panel; dates whose labels came after the first of them are left out. */
  splitBy?: SplitBy;
  /** Text features of many categories are learnt by what the labels of each category were, out of fold; absent: by their 254 most frequent categories. */
  targetEncoding?: InputMaybe<TargetEncodingInput>;
  /** The share of users held out to measure on, between 0 and 1. */
  testFraction?: Scalars['Float']['input'];
  /** The trial that is under way when they are over is ended and does not count. */
  timeBudgetSeconds?: Scalars['Float']['input'];
  /** At most, 1 to 200. */
  trials?: Scalars['Int']['input'];
  /** What to do with a feature that the snapshot was made without. */
  undeclared?: Undeclared;
};

/** Judged out of fold, on training rows. */
export type TuneMetric =
  /** Share of rows whose likeliest class is theirs; more is better. */
  | 'ACCURACY'
  /** Area under the ROC curve; more is better. */
  | 'AUC'
  /** Area under the precision-recall curve; more is better. */
  | 'AVERAGE_PRECISION'
  /** Mean squared error of the probability; less is better. */
  | 'BRIER'
  /** Mean negative log likelihood; less is better. */
  | 'LOG_LOSS'
  /** Mean of the areas under the ROC curves of each class against the rest; more is better. */
  | 'MACRO_AUC'
  /** Mean of the classes' F1, each counting the same; more is better. */
  | 'MACRO_F1'
  /** Mean absolute error, in the label's unit; less is better. */
  | 'MAE'
  /** Mean error as a share of the label; less is better. */
  | 'MAPE'
  /** Share of the label's variance that is explained; more is better. */
  | 'R2'
  /** Root of the mean squared error, in the label's unit; less is better. */
  | 'RMSE'
  /** Mean of the classes' F1, each counting by its rows; more is better. */
  | 'WEIGHTED_F1';

/** What a search found. */
export type TuneOutcome = {
  /** How many were asked for. */
  asked?: Maybe<Scalars['Int']['output']>;
  /** The best trial. */
  best?: Maybe<TuneTrial>;
  /** What trials are judged by, out of fold. */
  metric?: Maybe<Scalars['String']['output']>;
  /** The fits that were made, at most 500, in their order. */
  trials?: Maybe<Array<TuneTrial>>;
  /** The version of the best one. */
  version?: Maybe<ModelVersion>;
};

/** One fit of a search; a trial that goes on is fitted once a rung. */
export type TuneTrial = {
  /** From 1. */
  number: Scalars['Int']['output'];
  /** Why it has no value. */
  problem?: Maybe<Scalars['String']['output']>;
  /** Its own run. */
  run?: Maybe<Run>;
  /** From 1: the rung that it was fitted on. Values of one rung can be compared. */
  rung: Scalars['Int']['output'];
  /** How long it took. */
  seconds: Scalars['Float']['output'];
  /** How much of the training rows the rung has; 1 of the last one. */
  share: Scalars['Float']['output'];
  /** Of the metric, out of fold; null where it failed or ran out of time. */
  value?: Maybe<Scalars['Float']['output']>;
};

/** What training does with a feature that the snapshot was made without. */
export type Undeclared =
  /** It is trained without; the run's parameters say which were left out. */
  | 'LEAVE_OUT'
  /** It is refused, by the features' names. */
  | 'REFUSE';

/** A value that is not as expected, and where it stands. */
export type UnexpectedRow = {
  /** The same, by one name in every deployment. */
  key?: Maybe<Scalars['String']['output']>;
  /** From 1; of Parquet the row's number. 0 of what is on no line. */
  line: Scalars['Int']['output'];
  /** The key as delivered, where the row has one. */
  userId?: Maybe<Scalars['String']['output']>;
  /** The value as delivered. */
  value?: Maybe<Scalars['String']['output']>;
};

/** What is left out stays. */
export type UpdateRunInput = {
  /** The run's id. */
  id: Scalars['ID']['input'];
  /** Null removes it. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Null removes it. */
  note?: InputMaybe<Scalars['String']['input']>;
  /** Texts by name: set or replaced, removed where null; other tags stay. */
  tags?: InputMaybe<Scalars['JSON']['input']>;
};

/** One entity, as its source describes it. */
export type User = Node & {
  /** The user's features, now or as of a date. */
  features: UserFeatures;
  /** A column of its source, as delivered. */
  hasDependents?: Maybe<Scalars['Boolean']['output']>;
  /** A column of its source, as delivered. */
  hasFamily?: Maybe<Scalars['Boolean']['output']>;
  /** Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. Parts of a key are percent-encoded. */
  id: Scalars['ID']['output'];
  /** What a model says of the user. */
  prediction?: Maybe<Prediction>;
  /** A column of its source, as delivered. */
  signupDate?: Maybe<Scalars['Date']['output']>;
  /** A column of its source, as delivered. */
  userGender?: Maybe<Scalars['String']['output']>;
  /** The key of the user. */
  userId: Scalars['ID']['output'];
  /** A column of its source, as delivered. */
  userIsSenior?: Maybe<Scalars['Boolean']['output']>;
};


/** One entity, as its source describes it. */
export type UserFeaturesArgs = {
  asOf?: InputMaybe<Scalars['Date']['input']>;
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
};


/** One entity, as its source describes it. */
export type UserPredictionArgs = {
  asOf?: InputMaybe<Scalars['Date']['input']>;
  model?: Scalars['String']['input'];
};

/** One page of a list. */
export type UserConnection = {
  /** The nodes of the page, each with its cursor. */
  edges: Array<UserEdge>;
  /** The nodes of the page, without cursors. */
  nodes: Array<User>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
  /** How many the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A node of the page and its cursor. */
export type UserEdge = {
  /** What to pass as `after` for what follows this node. */
  cursor: Scalars['String']['output'];
  /** What the edge leads to. */
  node: User;
};

/** The features of one user, now or as of a date. */
export type UserFeatures = {
  /** The date asked for; null for what is served now. */
  asOf?: Maybe<Scalars['Date']['output']>;
  /** Whose key it is: the entity's name, as `deployment` has it. */
  entity: Scalars['String']['output'];
  /** The same values as one JSON object, keyed by the feature's snake_case name. */
  json: Scalars['JSON']['output'];
  /** The key, an object by column. */
  key: Scalars['JSON']['output'];
  /** What is known of each value, in the order of the features. */
  statuses: Array<FeatureStatus>;
  /** The key of the user. */
  userId: Scalars['ID']['output'];
  /** Null where a value is empty, not found or outside its max age: an expired value is never served. */
  values: Features;
};

/** What a delivery was checked for, and what was found. */
export type ValidationReport = {
  /** Sources with rows that were passed over, because their user was erased. */
  erased: Array<ErasedSource>;
  /** Everything that was checked. */
  expectations: Array<ExpectationResult>;
  /** Sources with rows that were kept out, or would have been had the delivery not failed. */
  quarantined: Array<QuarantinedSource>;
  /** Nothing was found for which the delivery is not published. */
  success: Scalars['Boolean']['output'];
};

/** How often one value occurs, or all that are not listed. */
export type ValueCount = {
  /** How many rows have it. */
  count: Scalars['Int']['output'];
  /** True of the one entry for all values not listed. */
  other: Scalars['Boolean']['output'];
  /** Share of the rows that have a value, 0 to 1. */
  share: Scalars['Float']['output'];
  /** Null for other. */
  value?: Maybe<Scalars['String']['output']>;
};

/** How common one value is in both snapshots. */
export type ValueShare = {
  /** Share of the rows of the earlier snapshot, 0 to 1. */
  from: Scalars['Float']['output'];
  /** True of the one entry for all values not listed. */
  other: Scalars['Boolean']['output'];
  /** Share of the rows of the later snapshot, 0 to 1. */
  to: Scalars['Float']['output'];
  /** Null where empty, and for other. */
  value?: Maybe<Scalars['String']['output']>;
};

/** Two versions of a model on the same labelled rows, which neither was trained on. Where the interval excludes 0, the difference is more than chance. */
export type VersionComparison = {
  /** The date of the rows. */
  asOf: Scalars['Date']['output'];
  /** How sure the interval is, as 0.95. */
  confidence: Scalars['Float']['output'];
  /** By how much the version is better, of rmse and mae as a share of the other's; negative where it is worse. */
  difference: Scalars['Float']['output'];
  /** The date of their labels. */
  labelAsOf: Scalars['Date']['output'];
  /** The lower end of its paired bootstrap interval. */
  lower: Scalars['Float']['output'];
  /** What is compared. */
  metric: Scalars['String']['output'];
  /** Of the version that it is compared with. */
  other: Scalars['Float']['output'];
  /** How often rows were drawn for the interval. */
  resamples: Scalars['Int']['output'];
  /** How many rows both were measured on. */
  rows: Scalars['Int']['output'];
  /** The upper end. */
  upper: Scalars['Float']['output'];
  /** Of the version. */
  value: Scalars['Float']['output'];
};

/** A version as one deployment has it. */
export type VersionPlace = {
  /** What that deployment is called. */
  deployment: Scalars['String']['output'];
  /** The model's name. */
  model: Scalars['String']['output'];
  /** The run that measured it there. */
  runId: Scalars['String']['output'];
  /** The version's number. */
  version: Scalars['Int']['output'];
};

/** Whether a version was judged. */
export type VersionStatus =
  /** It was refused, or its run failed or was cancelled; statusMessage says why. */
  | 'FAILED'
  /** It was registered, and its REGISTER run has not judged it yet. */
  | 'PENDING'
  /** It was judged, or it is only kept and needs no judgement. */
  | 'READY';

/** Rows of one view's extracts, by user: what came, went and changed. Pushed values are not compared. */
export type ViewDiff = {
  /** Rows that are new. */
  added: Scalars['Int']['output'];
  /** Rows of which some value changed. */
  changed: Scalars['Int']['output'];
  /** What changed in each feature. */
  features: Array<FeatureDiff>;
  /** Whether nothing changed. */
  identical: Scalars['Boolean']['output'];
  /** The view's name. */
  name: Scalars['String']['output'];
  /** Rows that are no longer there. */
  removed: Scalars['Int']['output'];
  /** Rows that are the same. */
  unchanged: Scalars['Int']['output'];
};

/** How new the online values of a view are. */
export type ViewFreshness = {
  /** How long ago that date is. */
  ageSeconds?: Maybe<Scalars['Float']['output']>;
  /** When values were last written. */
  materializedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The newest date a value holds from. */
  newestEventTime?: Maybe<Scalars['Date']['output']>;
  /** How many rows it has. */
  rowCount: Scalars['Int']['output'];
};

/** What was copied to the online store of one view. */
export type ViewRows = {
  /** Rows that are not served, because a newer value is. */
  older: Scalars['Int']['output'];
  /** The view's name. */
  view: Scalars['String']['output'];
  /** Rows that are new online, changed or withdrawn. */
  written: Scalars['Int']['output'];
};

/** Who asks, and what they may do. */
export type Viewer = {
  /** The name that is kept with what they do. */
  actor: Scalars['String']['output'];
  /** Roles that hold for these models alone, beside `role`. */
  modelRoles: Array<ModelRole>;
  /** Whether requests need no authentication. */
  open: Scalars['Boolean']['output'];
  /** Roles that hold for what is asked by these protocols alone, beside `role`. */
  protocolRoles: Array<ProtocolRole>;
  /** Their role. */
  role: Role;
  /** Whether they see the values of personal columns. Others get MASKED for a status, and null for a value. */
  seesPersonal: Scalars['Boolean']['output'];
};

/** What a withdrawal took back. */
export type WithdrawOutcome = {
  /** Of each live table. */
  live?: Maybe<Array<WithdrawnRows>>;
  /** Of each view online. */
  online?: Maybe<Array<WithdrawnRows>>;
  /** Pushes that wait again for a snapshot. */
  pushes?: Maybe<Scalars['Int']['output']>;
  /** Revisions of dates that carry on from now what holds without it. */
  revised?: Maybe<Array<Snapshot>>;
  /** The snapshot that was withdrawn. */
  snapshot?: Maybe<Snapshot>;
};

/** When, by whom and why a snapshot was withdrawn. */
export type Withdrawal = {
  /** Who did it. */
  actor: Scalars['String']['output'];
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** Why; kept on record. */
  reason: Scalars['String']['output'];
  /** The run that withdrew it. */
  run: Run;
};

/** What a withdrawal did to one table. */
export type WithdrawnRows = {
  /** The name of the source or view. */
  name: Scalars['String']['output'];
  /** Rows that had none before. */
  removed: Scalars['Int']['output'];
  /** Rows that have an earlier value again. */
  restored: Scalars['Int']['output'];
};

/**
 * The fundamental unit of any GraphQL Schema is the type. There are many kinds of types in GraphQL as represented by the `__TypeKind` enum.
 *
 * Depending on the kind of a type, certain fields describe information about that type. Scalar types provide no information beyond a name, description and optional `specifiedByURL`, while Enum types provide their values. Object and Interface types provide the fields they describe. Abstract types, Union and Interface, provide the Object types possible at runtime. List and NonNull types compose other types.
 */
export type __Type = {
  kind: __TypeKind;
  name?: Maybe<Scalars['String']['output']>;
  description?: Maybe<Scalars['String']['output']>;
  specifiedByURL?: Maybe<Scalars['String']['output']>;
  fields?: Maybe<Array<__Field>>;
  interfaces?: Maybe<Array<__Type>>;
  possibleTypes?: Maybe<Array<__Type>>;
  enumValues?: Maybe<Array<__EnumValue>>;
  inputFields?: Maybe<Array<__InputValue>>;
  ofType?: Maybe<__Type>;
  isOneOf?: Maybe<Scalars['Boolean']['output']>;
};


/**
 * The fundamental unit of any GraphQL Schema is the type. There are many kinds of types in GraphQL as represented by the `__TypeKind` enum.
 *
 * Depending on the kind of a type, certain fields describe information about that type. Scalar types provide no information beyond a name, description and optional `specifiedByURL`, while Enum types provide their values. Object and Interface types provide the fields they describe. Abstract types, Union and Interface, provide the Object types possible at runtime. List and NonNull types compose other types.
 */
export type __TypeFieldsArgs = {
  includeDeprecated?: InputMaybe<Scalars['Boolean']['input']>;
};


/**
 * The fundamental unit of any GraphQL Schema is the type. There are many kinds of types in GraphQL as represented by the `__TypeKind` enum.
 *
 * Depending on the kind of a type, certain fields describe information about that type. Scalar types provide no information beyond a name, description and optional `specifiedByURL`, while Enum types provide their values. Object and Interface types provide the fields they describe. Abstract types, Union and Interface, provide the Object types possible at runtime. List and NonNull types compose other types.
 */
export type __TypeEnumValuesArgs = {
  includeDeprecated?: InputMaybe<Scalars['Boolean']['input']>;
};


/**
 * The fundamental unit of any GraphQL Schema is the type. There are many kinds of types in GraphQL as represented by the `__TypeKind` enum.
 *
 * Depending on the kind of a type, certain fields describe information about that type. Scalar types provide no information beyond a name, description and optional `specifiedByURL`, while Enum types provide their values. Object and Interface types provide the fields they describe. Abstract types, Union and Interface, provide the Object types possible at runtime. List and NonNull types compose other types.
 */
export type __TypeInputFieldsArgs = {
  includeDeprecated?: InputMaybe<Scalars['Boolean']['input']>;
};

/** An enum describing what kind of type a given `__Type` is. */
export type __TypeKind =
  /** Indicates this type is a scalar. */
  | 'SCALAR'
  /** Indicates this type is an object. `fields` and `interfaces` are valid fields. */
  | 'OBJECT'
  /** Indicates this type is an interface. `fields`, `interfaces`, and `possibleTypes` are valid fields. */
  | 'INTERFACE'
  /** Indicates this type is a union. `possibleTypes` is a valid field. */
  | 'UNION'
  /** Indicates this type is an enum. `enumValues` is a valid field. */
  | 'ENUM'
  /** Indicates this type is an input object. `inputFields` is a valid field. */
  | 'INPUT_OBJECT'
  /** Indicates this type is a list. `ofType` is a valid field. */
  | 'LIST'
  /** Indicates this type is a non-null. `ofType` is a valid field. */
  | 'NON_NULL';

/** Object and Interface types are described by a list of Fields, each of which has a name, potentially a list of arguments, and a return type. */
export type __Field = {
  name: Scalars['String']['output'];
  description?: Maybe<Scalars['String']['output']>;
  args: Array<__InputValue>;
  type: __Type;
  isDeprecated: Scalars['Boolean']['output'];
  deprecationReason?: Maybe<Scalars['String']['output']>;
};


/** Object and Interface types are described by a list of Fields, each of which has a name, potentially a list of arguments, and a return type. */
export type __FieldArgsArgs = {
  includeDeprecated?: InputMaybe<Scalars['Boolean']['input']>;
};

/** Arguments provided to Fields or Directives and the input fields of an InputObject are represented as Input Values which describe their type and optionally a default value. */
export type __InputValue = {
  name: Scalars['String']['output'];
  description?: Maybe<Scalars['String']['output']>;
  type: __Type;
  /** A GraphQL-formatted string representing the default value for this input value. */
  defaultValue?: Maybe<Scalars['String']['output']>;
  isDeprecated: Scalars['Boolean']['output'];
  deprecationReason?: Maybe<Scalars['String']['output']>;
};

/** One possible value for a given Enum. Enum values are unique values, not a placeholder for a string or numeric value. However an Enum value is returned in a JSON response as a string. */
export type __EnumValue = {
  name: Scalars['String']['output'];
  description?: Maybe<Scalars['String']['output']>;
  isDeprecated: Scalars['Boolean']['output'];
  deprecationReason?: Maybe<Scalars['String']['output']>;
};

export type TokensQueryVariables = Exact<{ [key: string]: never; }>;


export type TokensQuery = { tokens?: Array<{ name: string, person?: string | null, role: Role, seesPersonal: boolean, createdAt: string, createdBy?: string | null, lastUsedAt?: string | null, expiresAt?: string | null, revokedAt?: string | null, modelRoles: Array<{ model: string, role: Role }>, protocolRoles: Array<{ protocol: Protocol, role: Role }> }> | null };

export type CreateTokenMutationVariables = Exact<{
  name: Scalars['String']['input'];
  role: Role;
}>;


export type CreateTokenMutation = { createToken: { secret: string } };

export type RevokeTokenMutationVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type RevokeTokenMutation = { revokeToken: { name: string, revokedAt?: string | null } };

export type AlertRulesQueryVariables = Exact<{ [key: string]: never; }>;


export type AlertRulesQuery = { alertRules?: Array<{ name: string, on: Array<string>, params: unknown, channel: string, options: unknown, declared: boolean, actor: string }> | null };

export type AlertDeliveriesQueryVariables = Exact<{
  state?: InputMaybe<AlertDeliveryState>;
}>;


export type AlertDeliveriesQuery = { alertDeliveries?: Array<{ id: string, rule: string, event: string, phase: string, summary: string, state: AlertDeliveryState, attempts: number, createdAt: string, nextAt?: string | null, lastError?: string | null }> | null };

export type TestAlertMutationVariables = Exact<{
  rule: Scalars['String']['input'];
}>;


export type TestAlertMutation = { testAlert: { state: AlertDeliveryState, lastError?: string | null } };

export type RetryAlertDeliveryMutationVariables = Exact<{
  id: Scalars['String']['input'];
}>;


export type RetryAlertDeliveryMutation = { retryAlertDelivery: { id: string, state: AlertDeliveryState } };

export type DeleteAlertRuleMutationVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type DeleteAlertRuleMutation = { deleteAlertRule: { name: string } };

export type AuditLogQueryVariables = Exact<{
  actor?: InputMaybe<Scalars['String']['input']>;
  action?: InputMaybe<Scalars['String']['input']>;
  outcome?: InputMaybe<AuditOutcome>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type AuditLogQuery = { auditLog: { nodes: Array<{ id: string, at: string, actor: string, role?: Role | null, requestId?: string | null, action: string, subject?: string | null, outcome: AuditOutcome, code?: string | null, args?: unknown | null, details?: unknown | null, erased: boolean, hash: string }>, pageInfo: { hasNextPage: boolean, endCursor?: string | null } } };

export type CompareQueryVariables = Exact<{
  ids: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
}>;


export type CompareQuery = { compareRuns: { runs: Array<{ id: string, kind: RunKind, name?: string | null, status: RunStatus, modelVersion?: { id: string, model: string, version: number } | null }>, params: Array<{ name: string, values: Array<unknown | null>, differs: boolean }>, metrics: Array<{ name: string, values: Array<unknown | null>, differs: boolean }> } };

export type CompareVersionsQueryVariables = Exact<{
  model: Scalars['String']['input'];
  version: Scalars['Int']['input'];
  with: Scalars['Int']['input'];
  metric?: InputMaybe<Scalars['String']['input']>;
}>;


export type CompareVersionsQuery = { compareVersions?: { asOf: string, labelAsOf: string, rows: number, metric: string, value: number, other: number, difference: number, lower: number, upper: number, confidence: number } | null };

export type OverlaidQueryVariables = Exact<{
  ids: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  series: Scalars['String']['input'];
}>;


export type OverlaidQuery = { nodes: Array<
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string, latestMetrics: Array<{ name: string, step: number }>, metricHistory: Array<{ step: number, value?: number | null }>, modelVersion?: { id: string, evaluation?: { rows: number, roc?: Array<{ x: number, y: number, threshold?: number | null }> | null, precisionRecall?: Array<{ x: number, y: number, threshold?: number | null }> | null, calibration?: Array<{ x: number, y: number, count?: number | null }> | null } | null } | null }
    | { id: string }
    | { id: string }
    | { id: string }
   | null> };

export type EntityRowsQueryVariables = Exact<{
  entity: Scalars['String']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type EntityRowsQuery = { entityRows: { totalCount: number, nodes: Array<{ id: string, key: unknown, attributes: unknown, masked: Array<string> }>, pageInfo: { hasNextPage: boolean, endCursor?: string | null } } };

export type EntityPageQueryVariables = Exact<{
  entity: Scalars['String']['input'];
  key: Scalars['JSON']['input'];
  asOf?: InputMaybe<Scalars['Date']['input']>;
  knownAt?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type EntityPageQuery = { entityRow?: { id: string, attributes: unknown, masked: Array<string>, features?: { asOf?: string | null, json: unknown, statuses: Array<{ name: string, view: string, status: FeatureState, eventTime?: string | null, ageSeconds?: number | null, ttlSeconds?: number | null }> } | null } | null };

export type EntityHistoryQueryVariables = Exact<{
  key: Scalars['JSON']['input'];
  model: Scalars['String']['input'];
}>;


export type EntityHistoryQuery = { predictions: { nodes: Array<{ at: string, key?: unknown | null, model: string, version: number, prediction?: number | null, probability?: number | null, value?: number | null, class?: string | null, features: unknown, masked: Array<string> }>, pageInfo: { hasNextPage: boolean } }, snapshots: { nodes: Array<{ id: string, asOf: string, createdAt: string, state: SnapshotState }> }, model?: { id: string, versions: Array<{ id: string, version: number, stage: Stage }> } | null };

export type EntityPredictionQueryVariables = Exact<{
  service: Scalars['String']['input'];
  key: Scalars['JSON']['input'];
  version?: InputMaybe<Scalars['Int']['input']>;
  asOf?: InputMaybe<Scalars['Date']['input']>;
  request?: InputMaybe<Scalars['JSON']['input']>;
}>;


export type EntityPredictionQuery = { predictFor?: { prediction?: number | null, probability?: number | null, threshold?: number | null, value?: number | null, class?: string | null, baseValue?: number | null, classes?: Array<{ class: string, probability: number }> | null, contributions?: Array<{ feature: string, value?: unknown | null, masked?: boolean | null, contribution: number }> | null, modelVersion: { id: string, model: string, version: number, stage: Stage, algorithm: Algorithm, sha256?: string | null, run?: { id: string } | null, snapshot?: { id: string, asOf: string, revision: number, contentSha256: string } | null } } | null };

export type FeatureViewQueryVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type FeatureViewQuery = { featureView?: { id: string, name: string, source: string, entity: string, description?: string | null, ttlSeconds?: number | null, features: Array<{ name: string, type: string, description?: string | null }>, freshness?: { newestEventTime?: string | null, materializedAt?: string | null, ageSeconds?: number | null, rowCount: number } | null } | null, featureServices: Array<{ name: string, features: Array<{ name: string }> }>, snapshots: { nodes: Array<{ id: string, asOf: string, revision: number, state: SnapshotState }> } };

export type FeatureProfilesQueryVariables = Exact<{
  view: Scalars['String']['input'];
  first: Scalars['Int']['input'];
}>;


export type FeatureProfilesQuery = { snapshots: { nodes: Array<{ id: string, asOf: string, revision: number, state: SnapshotState, featureProfile?: Array<{ rows: number, missing: number, masked?: boolean | null, distinct?: number | null, mean?: number | null, deviation?: number | null, min?: number | null, max?: number | null, quantiles?: Array<number> | null, feature: { name: string, type: string }, histogram?: Array<{ from: number, to: number, count: number }> | null, values?: Array<{ value?: string | null, count: number, other: boolean }> | null }> | null }> } };

export type FeatureProfileOfQueryVariables = Exact<{
  view: Scalars['String']['input'];
  asOf: Scalars['Date']['input'];
}>;


export type FeatureProfileOfQuery = { snapshot?: { id: string, asOf: string, revision: number, state: SnapshotState, featureProfile?: Array<{ rows: number, missing: number, masked?: boolean | null, distinct?: number | null, mean?: number | null, deviation?: number | null, min?: number | null, max?: number | null, quantiles?: Array<number> | null, feature: { name: string, type: string }, histogram?: Array<{ from: number, to: number, count: number }> | null, values?: Array<{ value?: string | null, count: number, other: boolean }> | null }> | null } | null };

export type DriftHistoryQueryVariables = Exact<{
  model: Scalars['String']['input'];
  first: Scalars['Int']['input'];
}>;


export type DriftHistoryQuery = { driftHistory?: Array<{ asOf: string, against: string, feature: string, psi?: number | null, drifted: boolean, pending: boolean }> | null };

export type FeaturesQueryVariables = Exact<{ [key: string]: never; }>;


export type FeaturesQuery = { featureStoreStatus: { hitRate?: number | null, views: Array<{ id: string, name: string, source: string, description?: string | null, ttlSeconds?: number | null, features: Array<{ name: string, type: string }>, freshness?: { newestEventTime?: string | null, materializedAt?: string | null, ageSeconds?: number | null, rowCount: number } | null }> }, featureServices: Array<{ name: string, features: Array<{ name: string, view?: string | null }> }> };

export type SetAliasMutationVariables = Exact<{
  model: Scalars['String']['input'];
  alias: Scalars['String']['input'];
  version: Scalars['Int']['input'];
}>;


export type SetAliasMutation = { setModelAlias: { id: string } };

export type RemoveAliasMutationVariables = Exact<{
  model: Scalars['String']['input'];
  alias: Scalars['String']['input'];
}>;


export type RemoveAliasMutation = { removeModelAlias: { id: string } };

export type LiveQueryVariables = Exact<{
  name: Scalars['String']['input'];
  first: Scalars['Int']['input'];
}>;


export type LiveQuery = { model?: { id: string, liveHistory?: Array<{ day: string, version: number, predictions: number, meanProbability?: number | null, positiveShare?: number | null, meanValue?: number | null, live?: { labelled: number, auc?: number | null, logLoss?: number | null, accuracy?: number | null, rmse?: number | null, mae?: number | null } | null }> | null, shadow?: { id: string, version: number, shadowComparison: { predictions: number, agreement?: number | null, meanProbability?: number | null, meanServedProbability?: number | null, meanValue?: number | null, meanServedValue?: number | null, meanShift?: number | null, maxShift?: number | null, ksStatistic?: number | null, ksPValue?: number | null, table: { neither: number, onlyShadow: number, onlyServed: number, both: number } } } | null } | null };

export type ModelQueryVariables = Exact<{
  name: Scalars['String']['input'];
  first: Scalars['Int']['input'];
  versionsBefore?: InputMaybe<Scalars['Int']['input']>;
  historyBefore?: InputMaybe<Scalars['ID']['input']>;
  metrics: Array<Scalars['String']['input']> | Scalars['String']['input'];
}>;


export type ModelQuery = { model?: { id: string, name: string, description?: string | null, production?: { id: string, version: number, stage: Stage, status: VersionStatus, algorithm: Algorithm, createdAt: string, servable: boolean, notServable?: string | null, threshold?: number | null, snapshot?: { id: string, asOf: string, revision: number } | null, run?: { id: string, latestMetrics: Array<{ name: string, value?: number | null }> } | null, moves: Array<{ id: string, at: string, actor: string, reason?: string | null, forced: boolean }> } | null, staging?: { id: string, version: number, stage: Stage, status: VersionStatus, algorithm: Algorithm, createdAt: string, servable: boolean, notServable?: string | null, threshold?: number | null, snapshot?: { id: string, asOf: string, revision: number } | null, run?: { id: string, latestMetrics: Array<{ name: string, value?: number | null }> } | null, moves: Array<{ id: string, at: string, actor: string, reason?: string | null, forced: boolean }> } | null, aliases: Array<{ alias: string, version: number, setAt: string, actor: string }>, versions: Array<{ id: string, version: number, stage: Stage, status: VersionStatus, algorithm: Algorithm, createdAt: string, servable: boolean, notServable?: string | null, threshold?: number | null, snapshot?: { id: string, asOf: string, revision: number } | null, run?: { id: string, latestMetrics: Array<{ name: string, value?: number | null }> } | null, moves: Array<{ id: string, at: string, actor: string, reason?: string | null, forced: boolean }> }>, transitions: Array<{ id: string, version: number, from: Stage, to: Stage, at: string, actor: string, reason?: string | null, forced: boolean, gates: Array<{ name: string, passed: boolean, message: string }> }>, changes: Array<{ id: string, at: string, actor: string, message: string }> } | null };

export type ModelVersionRowFragment = { id: string, version: number, stage: Stage, status: VersionStatus, algorithm: Algorithm, createdAt: string, servable: boolean, notServable?: string | null, threshold?: number | null, snapshot?: { id: string, asOf: string, revision: number } | null, run?: { id: string, latestMetrics: Array<{ name: string, value?: number | null }> } | null, moves: Array<{ id: string, at: string, actor: string, reason?: string | null, forced: boolean }> };

export type ModelMovesSubscriptionVariables = Exact<{
  model: Scalars['String']['input'];
}>;


export type ModelMovesSubscription = { modelTransitions: { id: string } };

export type RollbackMutationVariables = Exact<{
  model: Scalars['String']['input'];
  reason: Scalars['String']['input'];
}>;


export type RollbackMutation = { rollback: { id: string, version: number, stage: Stage } };

export type PromotionCheckQueryVariables = Exact<{
  model: Scalars['String']['input'];
  version: Scalars['Int']['input'];
  stage: Stage;
}>;


export type PromotionCheckQuery = { promotionCheck?: { passed: boolean, forcible: boolean, gates: Array<{ name: string, passed: boolean, message: string }>, replaces?: { id: string, version: number } | null, heldOut?: { asOf: string, rows: number, metric: string, difference: number, lower: number, upper: number, confidence: number, metrics: Array<{ name: string, candidate?: number | null, production?: number | null }> } | null } | null };

export type PromoteMutationVariables = Exact<{
  input: PromoteInput;
}>;


export type PromoteMutation = { promote: { id: string, stage: Stage } };

export type ModelsQueryVariables = Exact<{ [key: string]: never; }>;


export type ModelsQuery = { models: Array<{ id: string, name: string, description?: string | null, production?: { id: string, version: number, servable: boolean, run?: { id: string, latestMetrics: Array<{ name: string, value?: number | null }> } | null, moves: Array<{ id: string, at: string, actor: string }> } | null, staging?: { id: string, version: number } | null, latest?: { id: string, version: number, createdAt: string } | null }> };

export type FirstStepsQueryVariables = Exact<{
  entity: Scalars['String']['input'];
}>;


export type FirstStepsQuery = { deliveries?: { scannedAt?: string | null, problem?: string | null, nodes: Array<{ name: string, bytes: number, modifiedAt?: string | null, lacks: Array<string>, files: Array<{ name: string }>, lastRun?: { id: string, status: RunStatus } | null }> } | null, snapshots: { nodes: Array<{ id: string, asOf: string, revision: number }> }, models: Array<{ id: string, name: string, versions: Array<{ id: string, version: number, stage: Stage }>, production?: { id: string, version: number } | null }>, active: { nodes: Array<{ id: string, kind: RunKind, status: RunStatus }> }, predictions: { nodes: Array<{ at: string }> }, entityRows: { nodes: Array<{ id: string, key: unknown }> } };

export type FirstTrainingMutationVariables = Exact<{
  asOf: Scalars['Date']['input'];
  model: Scalars['String']['input'];
}>;


export type FirstTrainingMutation = { train: { id: string } };

export type FirstPromotionMutationVariables = Exact<{
  model: Scalars['String']['input'];
  version: Scalars['Int']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
}>;


export type FirstPromotionMutation = { promote: { id: string, stage: Stage } };

export type FirstPredictionQueryVariables = Exact<{
  service: Scalars['String']['input'];
  key: Scalars['JSON']['input'];
}>;


export type FirstPredictionQuery = { predictFor?: { prediction?: number | null, probability?: number | null, value?: number | null, class?: string | null, classes?: Array<{ class: string, probability: number }> | null, modelVersion: { id: string, version: number } } | null };

export type LiveMetricsQueryVariables = Exact<{
  model: Scalars['String']['input'];
}>;


export type LiveMetricsQuery = { model?: { id: string, production?: { id: string, live: { predictions: number, labelled: number, auc?: number | null, logLoss?: number | null, accuracy?: number | null, rmse?: number | null, mae?: number | null } } | null } | null, driftHistory?: Array<{ asOf: string, against: string, feature: string, psi?: number | null, drifted: boolean, pending: boolean }> | null };

export type OverviewQueryVariables = Exact<{ [key: string]: never; }>;


export type OverviewQuery = { health: { status: HealthStatus, version: string, database: HealthStatus, onlineStore: HealthStatus, problems: Array<{ subject: string, message: string, remedy?: string | null }> }, models: Array<{ id: string, name: string, production?: { id: string, version: number, algorithm: Algorithm, servable: boolean, run?: { id: string, latestMetrics: Array<{ name: string, value?: number | null }> } | null, transitions: Array<{ id: string, at: string, actor: string }> } | null }>, featureStoreStatus: { hitRate?: number | null, views: Array<{ id: string, name: string, ttlSeconds?: number | null, freshness?: { newestEventTime?: string | null, ageSeconds?: number | null, rowCount: number } | null }> }, active: { nodes: Array<{ id: string, kind: RunKind, status: RunStatus, actor: string, createdAt: string, startedAt?: string | null }> }, failed: { nodes: Array<{ id: string, kind: RunKind, status: RunStatus, finishedAt?: string | null, error?: { code: string, message: string } | null }> }, schedules: Array<{ id: string, name: string, kind: RunKind, paused: boolean, nextAt?: string | null }> };

export type PredictionsQueryVariables = Exact<{
  model?: InputMaybe<Scalars['String']['input']>;
  entityKey?: InputMaybe<Scalars['JSON']['input']>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type PredictionsQuery = { predictions: { nodes: Array<{ at: string, key?: unknown | null, model: string, version: number, prediction?: number | null, probability?: number | null, value?: number | null, class?: string | null, features: unknown, masked: Array<string> }>, pageInfo: { hasNextPage: boolean, endCursor?: string | null } } };

export type CancelRunMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type CancelRunMutation = { cancelRun: { id: string, status: RunStatus } };

export type RetryRunMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type RetryRunMutation = { retryRun: { id: string, status: RunStatus, attempt: number } };

export type ReproduceRunMutationVariables = Exact<{
  runId: Scalars['ID']['input'];
}>;


export type ReproduceRunMutation = { reproduce: { id: string } };

export type DeleteThisRunMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type DeleteThisRunMutation = { deleteRun: { id: string, bytesFreed: number } };

export type AnnotateRunMutationVariables = Exact<{
  input: UpdateRunInput;
}>;


export type AnnotateRunMutation = { updateRun: { id: string, name?: string | null, note?: string | null, tags: unknown } };

export type RunEventsSoFarQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['ID']['input']>;
}>;


export type RunEventsSoFarQuery = { run?: { id: string, events: Array<{ id: string, at: string, type: RunEventType, step?: string | null, message: string, progress?: number | null }> } | null };

export type RunChangesSubscriptionVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type RunChangesSubscription = { runEvents: { id: string, at: string, type: RunEventType, status: RunStatus, step?: string | null, message: string, progress?: number | null, data?: unknown | null } };

export type QuarantinedRowsQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type QuarantinedRowsQuery = { run?: { id: string, quarantined: { nodes: Array<{ source: string, line: number, key?: string | null, row: unknown, masked?: Array<string> | null, reasons: Array<{ column?: string | null, rule: string }> }>, pageInfo: { hasNextPage: boolean, endCursor?: string | null } } } | null };

export type RunQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  series: Scalars['String']['input'];
}>;


export type RunQuery = { run?: { id: string, kind: RunKind, status: RunStatus, name?: string | null, note?: string | null, tags: unknown, actor: string, attempt: number, createdAt: string, startedAt?: string | null, finishedAt?: string | null, durationMs?: number | null, params: unknown, result?: unknown | null, environment: unknown, gitCommit?: string | null, requestId?: string | null, experiment: { id: string, name: string }, error?: { code: string, message: string, step?: string | null } | null, steps: Array<{ name: string, status: RunStatus, startedAt?: string | null, durationMs?: number | null, attempt: number }>, curve: Array<{ step: number, value?: number | null }>, latestMetrics: Array<{ name: string, value?: number | null, text: string, step: number }>, artifacts: Array<{ name: string, mediaType: string, bytes: number, sha256: string, url: string }>, snapshot?: { id: string, asOf: string, revision: number } | null, modelVersion?: { id: string, model: string, version: number } | null, parent?: { id: string, kind: RunKind } | null, children: Array<{ id: string, kind: RunKind, name?: string | null, status: RunStatus, durationMs?: number | null }>, validation?: { success: boolean, expectations: Array<{ source: string, file?: string | null, column?: string | null, expectation: string, success: boolean, severity: Severity, rule?: string | null, unexpectedCount: number, masked?: boolean | null, sample: Array<{ line: number, key?: string | null, value?: string | null }> }> } | null, quarantined: { totalCount: number } } | null };

export type RunActivitySubscriptionVariables = Exact<{ [key: string]: never; }>;


export type RunActivitySubscription = { runEvents: { id: string, runId: string, type: RunEventType, step?: string | null, progress?: number | null } };

export type RunsQueryVariables = Exact<{
  where?: InputMaybe<RunFilter>;
  orderBy: RunOrder;
  orderByMetric?: InputMaybe<MetricOrder>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  metrics: Array<Scalars['String']['input']> | Scalars['String']['input'];
  withMetrics: Scalars['Boolean']['input'];
  withParams: Scalars['Boolean']['input'];
}>;


export type RunsQuery = { runs: { nodes: Array<{ id: string, kind: RunKind, status: RunStatus, name?: string | null, actor: string, createdAt: string, durationMs?: number | null, params?: unknown, error?: { code: string } | null, latestMetrics?: Array<{ name: string, value?: number | null, text: string }> }>, pageInfo: { hasNextPage: boolean, endCursor?: string | null } }, kinds?: { name?: string | null, enumValues?: Array<{ name: string }> | null } | null };

export type RunCountQueryVariables = Exact<{
  where?: InputMaybe<RunFilter>;
  orderBy: RunOrder;
  orderByMetric?: InputMaybe<MetricOrder>;
}>;


export type RunCountQuery = { runs: { totalCount: number, totalCountIsExact: boolean } };

export type RunNamesQueryVariables = Exact<{
  where?: InputMaybe<RunFilter>;
}>;


export type RunNamesQuery = { runs: { nodes: Array<{ id: string, params: unknown, names: Array<{ name: string }> }> } };

export type DeleteRunMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type DeleteRunMutation = { deleteRun: { id: string, bytesFreed: number } };

export type SchedulesQueryVariables = Exact<{ [key: string]: never; }>;


export type SchedulesQuery = { schedules: Array<{ id: string, name: string, cron: string, timezone: string, kind: RunKind, params: unknown, paused: boolean, nextAt?: string | null, firings: Array<{ scheduledFor: string, error?: { message: string } | null }> }> };

export type PauseScheduleMutationVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type PauseScheduleMutation = { pauseSchedule: { id: string, paused: boolean, nextAt?: string | null } };

export type ResumeScheduleMutationVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type ResumeScheduleMutation = { resumeSchedule: { id: string, paused: boolean, nextAt?: string | null } };

export type RunScheduleMutationVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type RunScheduleMutation = { runSchedule: { id: string } };

export type DeleteScheduleMutationVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type DeleteScheduleMutation = { deleteSchedule: { id: string } };

export type SnapshotDiffQueryVariables = Exact<{
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
}>;


export type SnapshotDiffQuery = { snapshotDiff: { identical: boolean, from: { id: string, asOf: string, revision: number, contentSha256: string }, to: { id: string, asOf: string, revision: number, contentSha256: string }, views: Array<{ name: string, identical: boolean, added: number, removed: number, changed: number, unchanged: number, features: Array<{ name: string, changed: number, psi?: number | null }> }> }, featureViews: Array<{ id: string, name: string }> };

export type ProfilesOfTwoQueryVariables = Exact<{
  from: Scalars['Date']['input'];
  to: Scalars['Date']['input'];
  view: Scalars['String']['input'];
}>;


export type ProfilesOfTwoQuery = { from?: Array<{ rows: number, missing: number, masked?: boolean | null, distinct?: number | null, mean?: number | null, deviation?: number | null, min?: number | null, max?: number | null, quantiles?: Array<number> | null, feature: { name: string, type: string }, histogram?: Array<{ from: number, to: number, count: number }> | null, values?: Array<{ value?: string | null, count: number, other: boolean }> | null }> | null, to?: Array<{ rows: number, missing: number, masked?: boolean | null, distinct?: number | null, mean?: number | null, deviation?: number | null, min?: number | null, max?: number | null, quantiles?: Array<number> | null, feature: { name: string, type: string }, histogram?: Array<{ from: number, to: number, count: number }> | null, values?: Array<{ value?: string | null, count: number, other: boolean }> | null }> | null };

export type SnapshotQueryVariables = Exact<{
  asOf: Scalars['Date']['input'];
  revision?: InputMaybe<Scalars['Int']['input']>;
}>;


export type SnapshotQuery = { snapshot?: { id: string, asOf: string, revision: number, state: SnapshotState, createdAt: string, rowCount: number, contentSha256: string, rowsAvailable: boolean, lateEvents: number, labelled: Array<string>, withdrawal?: { at: string, actor: string, reason: string, run: { id: string } } | null, run: { id: string, actor: string }, views: Array<{ name: string, rowCount: number, contentSha256: string }>, parts: Array<{ source: string, eventDate: string, carriedOn: boolean, rowCount: number, contentSha256: string }>, sources: Array<{ name: string, bytes: number, rowCount: number, sha256: string }>, validation?: { success: boolean, expectations: Array<{ success: boolean }> } | null } | null, newest?: { id: string, revision: number } | null, featureViews: Array<{ id: string, name: string }>, models: Array<{ id: string, name: string, versions: Array<{ id: string, version: number, stage: Stage, snapshot?: { id: string } | null }> }>, snapshots: { nodes: Array<{ id: string, asOf: string, revision: number, state: SnapshotState }> } };

export type ApplyRetentionMutationVariables = Exact<{
  keepDays?: InputMaybe<Scalars['Int']['input']>;
  keepWeeks?: InputMaybe<Scalars['Int']['input']>;
  keepMonths?: InputMaybe<Scalars['Int']['input']>;
  dryRun: Scalars['Boolean']['input'];
}>;


export type ApplyRetentionMutation = { applyRetention: { dryRun: boolean, limit?: string | null, dates: Array<{ asOf: string, outcome: RetentionOutcome, reason: string, keptFor: Array<{ id: string, model: string, version: number }> }> } };

export type SnapshotsQueryVariables = Exact<{
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type SnapshotsQuery = { snapshots: { totalCount: number, nodes: Array<{ id: string, asOf: string, revision: number, state: SnapshotState, createdAt: string, rowCount: number, contentSha256: string, labelled: Array<string>, withdrawal?: { actor: string, reason: string } | null, run: { id: string } }>, pageInfo: { hasNextPage: boolean, endCursor?: string | null } }, models: Array<{ id: string, name: string, production?: { id: string, version: number, snapshot?: { id: string } | null } | null }> };

export type WithdrawMutationVariables = Exact<{
  asOf: Scalars['Date']['input'];
  reason: Scalars['String']['input'];
}>;


export type WithdrawMutation = { withdrawSnapshot: { id: string, status: RunStatus } };

export type MutationFormQueryVariables = Exact<{
  name: Scalars['String']['input'];
}>;


export type MutationFormQuery = { mutationDefinitions: Array<{ name: string, description?: string | null, role: Role, kind?: RunKind | null, definition: string }> };

export type FormSuggestionsQueryVariables = Exact<{ [key: string]: never; }>;


export type FormSuggestionsQuery = { deliveries?: { nodes: Array<{ name: string }> } | null, snapshots: { nodes: Array<{ id: string, asOf: string }> }, models: Array<{ id: string, name: string }>, featureViews: Array<{ id: string, name: string }> };

export type MutationsQueryVariables = Exact<{ [key: string]: never; }>;


export type MutationsQuery = { mutationDefinitions: Array<{ name: string, description?: string | null, role: Role, kind?: RunKind | null, answers: string }> };

export type VersionQueryVariables = Exact<{
  model: Scalars['String']['input'];
  version: Scalars['Int']['input'];
}>;


export type VersionQuery = { model?: { id: string, production?: { id: string, version: number, run?: { id: string } | null } | null } | null, predictions: { nodes: Array<{ at: string, key?: unknown | null, prediction?: number | null, probability?: number | null, value?: number | null, class?: string | null, featuresSha256: string }> }, modelVersion?: { id: string, model: string, version: number, stage: Stage, status: VersionStatus, statusMessage?: string | null, createdAt: string, algorithm: Algorithm, description?: string | null, sha256?: string | null, bytes?: number | null, threshold?: number | null, servable: boolean, notServable?: string | null, warnings: Array<string>, importedFrom?: { archive: string, signedBy?: string | null, origin: { deployment: string, version: number, runId: string }, from: { deployment: string, version: number } } | null, signature?: { inputs: Array<{ name: string, type: string, shape: Array<number | null>, features?: Array<string> | null }>, outputs: Array<{ name: string, type: string, shape: Array<number | null> }>, features: Array<{ name: string, kind: string, type?: string | null, required?: boolean | null }> } | null, evaluation?: { rows: number, classes?: Array<string> | null, confusion?: Array<Array<number>> | null, roc?: Array<{ x: number, y: number, threshold?: number | null, count?: number | null }> | null, precisionRecall?: Array<{ x: number, y: number, threshold?: number | null, count?: number | null }> | null, calibration?: Array<{ x: number, y: number, count?: number | null }> | null, uncalibrated?: Array<{ x: number, y: number, count?: number | null }> | null, decision?: { kind: string, settings: unknown, rows: number, precision: number, recall: number, f1: number, calibrationAsked: string, calibration: string } | null, lift?: Array<{ x: number, y: number, threshold?: number | null, count?: number | null }> | null, thresholds?: Array<{ threshold: number, truePositives: number, falsePositives: number, trueNegatives: number, falseNegatives: number }> | null, residuals?: Array<{ from: number, to: number, count: number }> | null, perClass?: Array<{ class: string, rows: number, called: number, precision: number, recall: number, f1: number, auc?: number | null }> | null, importances: Array<{ feature: string, permutation?: number | null, gain?: number | null, shap?: number | null, shapByClass?: Array<number> | null }> } | null, run?: { id: string, kind: RunKind, actor: string, params: unknown, gitCommit?: string | null, environment: unknown, latestMetrics: Array<{ name: string, value?: number | null, text: string }> } | null, snapshots: Array<{ id: string, asOf: string, revision: number, state: SnapshotState, contentSha256: string, rowCount: number, run: { id: string }, sources: Array<{ name: string, bytes: number, rowCount: number, sha256: string }> }>, transitions: Array<{ id: string, from: Stage, to: Stage, at: string, actor: string, reason?: string | null, forced: boolean, gates: Array<{ name: string, passed: boolean, message: string }> }> } | null };

export type CanaryQueryVariables = Exact<{
  model: Scalars['String']['input'];
}>;


export type CanaryQuery = { model?: { id: string, production?: { id: string, version: number } | null, canary?: { id: string, report: { fallbacks: number, compared: number, agreement?: number | null, meanShift?: number | null, champion: { version: number, predictions: number, keys: number, meanAnswer?: number | null, live?: { labelled: number, auc?: number | null, logLoss?: number | null, accuracy?: number | null, rmse?: number | null, mae?: number | null } | null }, challenger: { version: number, predictions: number, keys: number, meanAnswer?: number | null, live?: { labelled: number, auc?: number | null, logLoss?: number | null, accuracy?: number | null, rmse?: number | null, mae?: number | null } | null } } } | null, canaries: Array<{ id: string, version: number, champion: number, share: number, startedAt: string, startedBy: string, endedAt?: string | null, endedBy?: string | null, outcome?: CanaryOutcome | null, reason?: string | null, stopRule: { minRows: number, minAgreement?: number | null, maxFallbackShare?: number | null, metric?: string | null, maxLoss?: number | null } }> } | null };

export type CanaryArmRowFragment = { version: number, predictions: number, keys: number, meanAnswer?: number | null, live?: { labelled: number, auc?: number | null, logLoss?: number | null, accuracy?: number | null, rmse?: number | null, mae?: number | null } | null };

export type StartCanaryMutationVariables = Exact<{
  input: StartCanaryInput;
}>;


export type StartCanaryMutation = { startCanary: { id: string } };

export type EndCanaryMutationVariables = Exact<{
  model: Scalars['String']['input'];
  promote: Scalars['Boolean']['input'];
  reason: Scalars['String']['input'];
}>;


export type EndCanaryMutation = { endCanary: { id: string, outcome?: CanaryOutcome | null } };

export type DistributionFragment = { rows: number, missing: number, masked?: boolean | null, distinct?: number | null, mean?: number | null, deviation?: number | null, min?: number | null, max?: number | null, quantiles?: Array<number> | null, feature: { name: string, type: string }, histogram?: Array<{ from: number, to: number, count: number }> | null, values?: Array<{ value?: string | null, count: number, other: boolean }> | null };

export type StartableRunsQueryVariables = Exact<{ [key: string]: never; }>;


export type StartableRunsQuery = { mutationDefinitions: Array<{ name: string, role: Role, kind?: RunKind | null }> };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { actor: string, role: Role, open: boolean, modelRoles: Array<{ model: string, role: Role }>, protocolRoles: Array<{ protocol: Protocol, role: Role }> }, deployment: { name: string, entities: Array<{ name: string, plural: string, description?: string | null, keys: Array<{ column: string, field: string, type: string }> }>, services: Array<{ name: string, description?: string | null, task: Task, entity: string, label?: string | null, request: Array<{ name: string, type: string, required: boolean, min?: unknown | null, max?: unknown | null, oneOf?: Array<string> | null }> }> } };

export const ModelVersionRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ModelVersionRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ModelVersion"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"algorithm"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"servable"}},{"kind":"Field","name":{"kind":"Name","value":"notServable"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"run"},"name":{"kind":"Name","value":"judgedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metrics"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"moves"},"name":{"kind":"Name","value":"transitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"forced"}}]}}]}}]} as unknown as DocumentNode<ModelVersionRowFragment, unknown>;
export const CanaryArmRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CanaryArmRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CanaryArmReport"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"predictions"}},{"kind":"Field","name":{"kind":"Name","value":"keys"}},{"kind":"Field","name":{"kind":"Name","value":"meanAnswer"}},{"kind":"Field","name":{"kind":"Name","value":"live"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"labelled"}},{"kind":"Field","name":{"kind":"Name","value":"auc"}},{"kind":"Field","name":{"kind":"Name","value":"logLoss"}},{"kind":"Field","name":{"kind":"Name","value":"accuracy"}},{"kind":"Field","name":{"kind":"Name","value":"rmse"}},{"kind":"Field","name":{"kind":"Name","value":"mae"}}]}}]}}]} as unknown as DocumentNode<CanaryArmRowFragment, unknown>;
export const DistributionFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Distribution"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FeatureProfile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"feature"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"distinct"}},{"kind":"Field","name":{"kind":"Name","value":"mean"}},{"kind":"Field","name":{"kind":"Name","value":"deviation"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}},{"kind":"Field","name":{"kind":"Name","value":"quantiles"}},{"kind":"Field","name":{"kind":"Name","value":"histogram"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"other"}}]}}]}}]} as unknown as DocumentNode<DistributionFragment, unknown>;
export const TokensDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Tokens"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"tokens"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"person"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"modelRoles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}},{"kind":"Field","name":{"kind":"Name","value":"protocolRoles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"protocol"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}},{"kind":"Field","name":{"kind":"Name","value":"seesPersonal"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}}]}}]}}]} as unknown as DocumentNode<TokensQuery, TokensQueryVariables>;
export const CreateTokenDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateToken"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"role"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Role"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createToken"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"Argument","name":{"kind":"Name","value":"role"},"value":{"kind":"Variable","name":{"kind":"Name","value":"role"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}}]}}]}}]} as unknown as DocumentNode<CreateTokenMutation, CreateTokenMutationVariables>;
export const RevokeTokenDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RevokeToken"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeToken"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}}]}}]}}]} as unknown as DocumentNode<RevokeTokenMutation, RevokeTokenMutationVariables>;
export const AlertRulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AlertRules"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"alertRules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"500"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"on"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"channel"}},{"kind":"Field","name":{"kind":"Name","value":"options"}},{"kind":"Field","name":{"kind":"Name","value":"declared"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}}]}}]}}]} as unknown as DocumentNode<AlertRulesQuery, AlertRulesQueryVariables>;
export const AlertDeliveriesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AlertDeliveries"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"state"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"AlertDeliveryState"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"alertDeliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"state"},"value":{"kind":"Variable","name":{"kind":"Name","value":"state"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"rule"}},{"kind":"Field","name":{"kind":"Name","value":"event"}},{"kind":"Field","name":{"kind":"Name","value":"phase"}},{"kind":"Field","name":{"kind":"Name","value":"summary"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempts"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"}}]}}]}}]} as unknown as DocumentNode<AlertDeliveriesQuery, AlertDeliveriesQueryVariables>;
export const TestAlertDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"TestAlert"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"rule"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"testAlert"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"rule"},"value":{"kind":"Variable","name":{"kind":"Name","value":"rule"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"}}]}}]}}]} as unknown as DocumentNode<TestAlertMutation, TestAlertMutationVariables>;
export const RetryAlertDeliveryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RetryAlertDelivery"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"retryAlertDelivery"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}}]} as unknown as DocumentNode<RetryAlertDeliveryMutation, RetryAlertDeliveryMutationVariables>;
export const DeleteAlertRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteAlertRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteAlertRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<DeleteAlertRuleMutation, DeleteAlertRuleMutationVariables>;
export const AuditLogDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AuditLog"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"actor"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"action"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"outcome"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"AuditOutcome"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"to"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"auditLog"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"actor"},"value":{"kind":"Variable","name":{"kind":"Name","value":"actor"}}},{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"Variable","name":{"kind":"Name","value":"action"}}},{"kind":"Argument","name":{"kind":"Name","value":"outcome"},"value":{"kind":"Variable","name":{"kind":"Name","value":"outcome"}}},{"kind":"Argument","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"Variable","name":{"kind":"Name","value":"to"}}},{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"args"}},{"kind":"Field","name":{"kind":"Name","value":"details"}},{"kind":"Field","name":{"kind":"Name","value":"erased"}},{"kind":"Field","name":{"kind":"Name","value":"hash"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<AuditLogQuery, AuditLogQueryVariables>;
export const CompareDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Compare"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"compareRuns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"modelVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"params"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1000"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"values"}},{"kind":"Field","name":{"kind":"Name","value":"differs"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1000"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"values"}},{"kind":"Field","name":{"kind":"Name","value":"differs"}}]}}]}}]}}]} as unknown as DocumentNode<CompareQuery, CompareQueryVariables>;
export const CompareVersionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CompareVersions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"with"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"metric"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"compareVersions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}},{"kind":"Argument","name":{"kind":"Name","value":"with"},"value":{"kind":"Variable","name":{"kind":"Name","value":"with"}}},{"kind":"Argument","name":{"kind":"Name","value":"metric"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metric"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"labelAsOf"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"other"}},{"kind":"Field","name":{"kind":"Name","value":"difference"}},{"kind":"Field","name":{"kind":"Name","value":"lower"}},{"kind":"Field","name":{"kind":"Name","value":"upper"}},{"kind":"Field","name":{"kind":"Name","value":"confidence"}}]}}]}}]} as unknown as DocumentNode<CompareVersionsQuery, CompareVersionsQueryVariables>;
export const OverlaidDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Overlaid"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"series"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Run"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"step"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metricHistory"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"series"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1000"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"modelVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"evaluation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"roc"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}}]}},{"kind":"Field","name":{"kind":"Name","value":"precisionRecall"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}}]}},{"kind":"Field","name":{"kind":"Name","value":"calibration"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<OverlaidQuery, OverlaidQueryVariables>;
export const EntityRowsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"EntityRows"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"entity"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entityRows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"Variable","name":{"kind":"Name","value":"entity"}}},{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}}]} as unknown as DocumentNode<EntityRowsQuery, EntityRowsQueryVariables>;
export const EntityPageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"EntityPage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"entity"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"knownAt"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entityRow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"Variable","name":{"kind":"Name","value":"entity"}}},{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}},{"kind":"Argument","name":{"kind":"Name","value":"knownAt"},"value":{"kind":"Variable","name":{"kind":"Name","value":"knownAt"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"json"}},{"kind":"Field","name":{"kind":"Name","value":"statuses"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"view"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"eventTime"}},{"kind":"Field","name":{"kind":"Name","value":"ageSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"ttlSeconds"}}]}}]}}]}}]}}]} as unknown as DocumentNode<EntityPageQuery, EntityPageQueryVariables>;
export const EntityHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"EntityHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"predictions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entityKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"prediction"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"features"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"model"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}}]}}]}}]}}]} as unknown as DocumentNode<EntityHistoryQuery, EntityHistoryQueryVariables>;
export const EntityPredictionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"EntityPrediction"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"service"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"request"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"predictFor"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"service"},"value":{"kind":"Variable","name":{"kind":"Name","value":"service"}}},{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}},{"kind":"Argument","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}},{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}},{"kind":"Argument","name":{"kind":"Name","value":"request"},"value":{"kind":"Variable","name":{"kind":"Name","value":"request"}}},{"kind":"Argument","name":{"kind":"Name","value":"log"},"value":{"kind":"BooleanValue","value":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prediction"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"classes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}}]}},{"kind":"Field","name":{"kind":"Name","value":"baseValue"}},{"kind":"Field","name":{"kind":"Name","value":"contributions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"feature"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}}]}},{"kind":"Field","name":{"kind":"Name","value":"modelVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}},{"kind":"Field","name":{"kind":"Name","value":"algorithm"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}}]}}]}}]}}]}}]} as unknown as DocumentNode<EntityPredictionQuery, EntityPredictionQueryVariables>;
export const FeatureViewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FeatureView"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"featureView"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"ttlSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"description"}}]}},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"newestEventTime"}},{"kind":"Field","name":{"kind":"Name","value":"materializedAt"}},{"kind":"Field","name":{"kind":"Name","value":"ageSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"featureServices"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}}]}}]} as unknown as DocumentNode<FeatureViewQuery, FeatureViewQueryVariables>;
export const FeatureProfilesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FeatureProfiles"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"view"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"featureProfile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"view"},"value":{"kind":"Variable","name":{"kind":"Name","value":"view"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Distribution"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Distribution"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FeatureProfile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"feature"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"distinct"}},{"kind":"Field","name":{"kind":"Name","value":"mean"}},{"kind":"Field","name":{"kind":"Name","value":"deviation"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}},{"kind":"Field","name":{"kind":"Name","value":"quantiles"}},{"kind":"Field","name":{"kind":"Name","value":"histogram"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"other"}}]}}]}}]} as unknown as DocumentNode<FeatureProfilesQuery, FeatureProfilesQueryVariables>;
export const FeatureProfileOfDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FeatureProfileOf"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"view"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"featureProfile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"view"},"value":{"kind":"Variable","name":{"kind":"Name","value":"view"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Distribution"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Distribution"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FeatureProfile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"feature"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"distinct"}},{"kind":"Field","name":{"kind":"Name","value":"mean"}},{"kind":"Field","name":{"kind":"Name","value":"deviation"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}},{"kind":"Field","name":{"kind":"Name","value":"quantiles"}},{"kind":"Field","name":{"kind":"Name","value":"histogram"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"other"}}]}}]}}]} as unknown as DocumentNode<FeatureProfileOfQuery, FeatureProfileOfQueryVariables>;
export const DriftHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DriftHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"driftHistory"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"against"}},{"kind":"Field","name":{"kind":"Name","value":"feature"}},{"kind":"Field","name":{"kind":"Name","value":"psi"}},{"kind":"Field","name":{"kind":"Name","value":"drifted"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}}]}}]}}]} as unknown as DocumentNode<DriftHistoryQuery, DriftHistoryQueryVariables>;
export const FeaturesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"featureStoreStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hitRate"}},{"kind":"Field","name":{"kind":"Name","value":"views"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"ttlSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"newestEventTime"}},{"kind":"Field","name":{"kind":"Name","value":"materializedAt"}},{"kind":"Field","name":{"kind":"Name","value":"ageSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"featureServices"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"view"}}]}}]}}]}}]} as unknown as DocumentNode<FeaturesQuery, FeaturesQueryVariables>;
export const SetAliasDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SetAlias"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"alias"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setModelAlias"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"alias"},"value":{"kind":"Variable","name":{"kind":"Name","value":"alias"}}},{"kind":"Argument","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<SetAliasMutation, SetAliasMutationVariables>;
export const RemoveAliasDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RemoveAlias"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"alias"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"removeModelAlias"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"alias"},"value":{"kind":"Variable","name":{"kind":"Name","value":"alias"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<RemoveAliasMutation, RemoveAliasMutationVariables>;
export const LiveDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Live"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"liveHistory"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"day"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"predictions"}},{"kind":"Field","name":{"kind":"Name","value":"meanProbability"}},{"kind":"Field","name":{"kind":"Name","value":"positiveShare"}},{"kind":"Field","name":{"kind":"Name","value":"meanValue"}},{"kind":"Field","name":{"kind":"Name","value":"live"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"labelled"}},{"kind":"Field","name":{"kind":"Name","value":"auc"}},{"kind":"Field","name":{"kind":"Name","value":"logLoss"}},{"kind":"Field","name":{"kind":"Name","value":"accuracy"}},{"kind":"Field","name":{"kind":"Name","value":"rmse"}},{"kind":"Field","name":{"kind":"Name","value":"mae"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"shadow"},"name":{"kind":"Name","value":"alias"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"shadow","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"shadowComparison"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"predictions"}},{"kind":"Field","name":{"kind":"Name","value":"agreement"}},{"kind":"Field","name":{"kind":"Name","value":"meanProbability"}},{"kind":"Field","name":{"kind":"Name","value":"meanServedProbability"}},{"kind":"Field","name":{"kind":"Name","value":"meanValue"}},{"kind":"Field","name":{"kind":"Name","value":"meanServedValue"}},{"kind":"Field","name":{"kind":"Name","value":"meanShift"}},{"kind":"Field","name":{"kind":"Name","value":"maxShift"}},{"kind":"Field","name":{"kind":"Name","value":"ksStatistic"}},{"kind":"Field","name":{"kind":"Name","value":"ksPValue"}},{"kind":"Field","name":{"kind":"Name","value":"table"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"neither"}},{"kind":"Field","name":{"kind":"Name","value":"onlyShadow"}},{"kind":"Field","name":{"kind":"Name","value":"onlyServed"}},{"kind":"Field","name":{"kind":"Name","value":"both"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<LiveQuery, LiveQueryVariables>;
export const ModelDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Model"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"versionsBefore"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"historyBefore"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"metrics"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ModelVersionRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"staging"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ModelVersionRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"aliases"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"setAt"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"before"},"value":{"kind":"Variable","name":{"kind":"Name","value":"versionsBefore"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ModelVersionRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"transitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"before"},"value":{"kind":"Variable","name":{"kind":"Name","value":"historyBefore"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"forced"}},{"kind":"Field","name":{"kind":"Name","value":"gates"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"passed"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"changes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ModelVersionRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ModelVersion"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"algorithm"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"servable"}},{"kind":"Field","name":{"kind":"Name","value":"notServable"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"run"},"name":{"kind":"Name","value":"judgedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metrics"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"moves"},"name":{"kind":"Name","value":"transitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"forced"}}]}}]}}]} as unknown as DocumentNode<ModelQuery, ModelQueryVariables>;
export const ModelMovesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"ModelMoves"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"modelTransitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<ModelMovesSubscription, ModelMovesSubscriptionVariables>;
export const RollbackDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Rollback"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"reason"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rollback"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"reason"},"value":{"kind":"Variable","name":{"kind":"Name","value":"reason"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}}]}}]}}]} as unknown as DocumentNode<RollbackMutation, RollbackMutationVariables>;
export const PromotionCheckDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PromotionCheck"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"stage"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Stage"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"promotionCheck"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}},{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"Variable","name":{"kind":"Name","value":"stage"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"passed"}},{"kind":"Field","name":{"kind":"Name","value":"forcible"}},{"kind":"Field","name":{"kind":"Name","value":"gates"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"passed"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"replaces"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"heldOut"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"difference"}},{"kind":"Field","name":{"kind":"Name","value":"lower"}},{"kind":"Field","name":{"kind":"Name","value":"upper"}},{"kind":"Field","name":{"kind":"Name","value":"confidence"}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"candidate"}},{"kind":"Field","name":{"kind":"Name","value":"production"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PromotionCheckQuery, PromotionCheckQueryVariables>;
export const PromoteDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Promote"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PromoteInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"promote"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}}]}}]}}]} as unknown as DocumentNode<PromoteMutation, PromoteMutationVariables>;
export const ModelsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Models"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"models"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"servable"}},{"kind":"Field","alias":{"kind":"Name","value":"run"},"name":{"kind":"Name","value":"judgedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"auc","block":false},{"kind":"StringValue","value":"log_loss","block":false},{"kind":"StringValue","value":"macro_f1","block":false},{"kind":"StringValue","value":"rmse","block":false}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"moves"},"name":{"kind":"Name","value":"transitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"staging"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"latest"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}}]}}]} as unknown as DocumentNode<ModelsQuery, ModelsQueryVariables>;
export const FirstStepsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FirstSteps"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"entity"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"scannedAt"}},{"kind":"Field","name":{"kind":"Name","value":"problem"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"modifiedAt"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"lacks"}},{"kind":"Field","name":{"kind":"Name","value":"lastRun"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"models"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}}]}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"active"},"name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"statuses"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"RUNNING"},{"kind":"EnumValue","value":"QUEUED"}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"predictions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"entityRows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"Variable","name":{"kind":"Name","value":"entity"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}}]}}]}}]}}]} as unknown as DocumentNode<FirstStepsQuery, FirstStepsQueryVariables>;
export const FirstTrainingDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"FirstTraining"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"train"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<FirstTrainingMutation, FirstTrainingMutationVariables>;
export const FirstPromotionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"FirstPromotion"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"reason"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"promote"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"reason"},"value":{"kind":"Variable","name":{"kind":"Name","value":"reason"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}}]}}]}}]} as unknown as DocumentNode<FirstPromotionMutation, FirstPromotionMutationVariables>;
export const FirstPredictionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FirstPrediction"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"service"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"predictFor"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"service"},"value":{"kind":"Variable","name":{"kind":"Name","value":"service"}}},{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prediction"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"classes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}}]}},{"kind":"Field","name":{"kind":"Name","value":"modelVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}}]}}]} as unknown as DocumentNode<FirstPredictionQuery, FirstPredictionQueryVariables>;
export const LiveMetricsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"LiveMetrics"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"live"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"predictions"}},{"kind":"Field","name":{"kind":"Name","value":"labelled"}},{"kind":"Field","name":{"kind":"Name","value":"auc"}},{"kind":"Field","name":{"kind":"Name","value":"logLoss"}},{"kind":"Field","name":{"kind":"Name","value":"accuracy"}},{"kind":"Field","name":{"kind":"Name","value":"rmse"}},{"kind":"Field","name":{"kind":"Name","value":"mae"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"driftHistory"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"against"}},{"kind":"Field","name":{"kind":"Name","value":"feature"}},{"kind":"Field","name":{"kind":"Name","value":"psi"}},{"kind":"Field","name":{"kind":"Name","value":"drifted"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}}]}}]}}]} as unknown as DocumentNode<LiveMetricsQuery, LiveMetricsQueryVariables>;
export const OverviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Overview"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"health"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"database"}},{"kind":"Field","name":{"kind":"Name","value":"onlineStore"}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"models"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"algorithm"}},{"kind":"Field","name":{"kind":"Name","value":"servable"}},{"kind":"Field","alias":{"kind":"Name","value":"run"},"name":{"kind":"Name","value":"judgedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"auc","block":false},{"kind":"StringValue","value":"log_loss","block":false},{"kind":"StringValue","value":"macro_f1","block":false},{"kind":"StringValue","value":"rmse","block":false}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"transitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"featureStoreStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hitRate"}},{"kind":"Field","name":{"kind":"Name","value":"views"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"ttlSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"newestEventTime"}},{"kind":"Field","name":{"kind":"Name","value":"ageSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"active"},"name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"statuses"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"RUNNING"},{"kind":"EnumValue","value":"QUEUED"}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"failed"},"name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"status"},"value":{"kind":"EnumValue","value":"FAILED"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"schedules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"paused"}},{"kind":"Field","name":{"kind":"Name","value":"nextAt"}}]}}]}}]} as unknown as DocumentNode<OverviewQuery, OverviewQueryVariables>;
export const PredictionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Predictions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"entityKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"predictions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"entityKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"entityKey"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"prediction"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"features"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PredictionsQuery, PredictionsQueryVariables>;
export const CancelRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]} as unknown as DocumentNode<CancelRunMutation, CancelRunMutationVariables>;
export const RetryRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RetryRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"retryRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}}]}}]}}]} as unknown as DocumentNode<RetryRunMutation, RetryRunMutationVariables>;
export const ReproduceRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ReproduceRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"runId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reproduce"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"runId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"runId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<ReproduceRunMutation, ReproduceRunMutationVariables>;
export const DeleteThisRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteThisRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"bytesFreed"}}]}}]}}]} as unknown as DocumentNode<DeleteThisRunMutation, DeleteThisRunMutationVariables>;
export const AnnotateRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AnnotateRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateRunInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updateRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"note"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}}]}}]}}]} as unknown as DocumentNode<AnnotateRunMutation, AnnotateRunMutationVariables>;
export const RunEventsSoFarDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RunEventsSoFar"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}}]}}]} as unknown as DocumentNode<RunEventsSoFarQuery, RunEventsSoFarQueryVariables>;
export const RunChangesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"RunChanges"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"runId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}}]}}]} as unknown as DocumentNode<RunChangesSubscription, RunChangesSubscriptionVariables>;
export const QuarantinedRowsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"QuarantinedRows"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"quarantined"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"line"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"rule"}}]}},{"kind":"Field","name":{"kind":"Name","value":"row"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]} as unknown as DocumentNode<QuarantinedRowsQuery, QuarantinedRowsQueryVariables>;
export const RunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Run"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"series"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"note"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"durationMs"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"environment"}},{"kind":"Field","name":{"kind":"Name","value":"gitCommit"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"experiment"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"step"}}]}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"durationMs"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"curve"},"name":{"kind":"Name","value":"metricHistory"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"series"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1000"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"step"}}]}},{"kind":"Field","name":{"kind":"Name","value":"artifacts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"mediaType"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"url"}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}},{"kind":"Field","name":{"kind":"Name","value":"modelVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"parent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}}]}},{"kind":"Field","name":{"kind":"Name","value":"children"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"durationMs"}}]}},{"kind":"Field","name":{"kind":"Name","value":"validation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"expectations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"file"}},{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"expectation"}},{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"severity"}},{"kind":"Field","name":{"kind":"Name","value":"rule"}},{"kind":"Field","name":{"kind":"Name","value":"unexpectedCount"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"sample"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"line"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"quarantined"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}}]}}]} as unknown as DocumentNode<RunQuery, RunQueryVariables>;
export const RunActivityDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"RunActivity"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runEvents"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}}]} as unknown as DocumentNode<RunActivitySubscription, RunActivitySubscriptionVariables>;
export const RunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Runs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"where"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RunOrder"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderByMetric"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"MetricOrder"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"metrics"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"withMetrics"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"withParams"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"Variable","name":{"kind":"Name","value":"where"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderByMetric"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderByMetric"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"durationMs"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}}]}},{"kind":"Field","name":{"kind":"Name","value":"params"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"withParams"}}}]}]},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metrics"}}}],"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"withMetrics"}}}]}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"kinds"},"name":{"kind":"Name","value":"__type"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"RunKind","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enumValues"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]} as unknown as DocumentNode<RunsQuery, RunsQueryVariables>;
export const RunCountDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RunCount"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"where"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RunOrder"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderByMetric"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"MetricOrder"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"Variable","name":{"kind":"Name","value":"where"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderByMetric"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderByMetric"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"totalCountIsExact"}}]}}]}}]} as unknown as DocumentNode<RunCountQuery, RunCountQueryVariables>;
export const RunNamesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RunNames"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"where"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"Variable","name":{"kind":"Name","value":"where"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","alias":{"kind":"Name","value":"names"},"name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]}}]} as unknown as DocumentNode<RunNamesQuery, RunNamesQueryVariables>;
export const DeleteRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"bytesFreed"}}]}}]}}]} as unknown as DocumentNode<DeleteRunMutation, DeleteRunMutationVariables>;
export const SchedulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Schedules"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"schedules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"500"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"cron"}},{"kind":"Field","name":{"kind":"Name","value":"timezone"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"paused"}},{"kind":"Field","name":{"kind":"Name","value":"nextAt"}},{"kind":"Field","name":{"kind":"Name","value":"firings"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"scheduledFor"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]} as unknown as DocumentNode<SchedulesQuery, SchedulesQueryVariables>;
export const PauseScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PauseSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pauseSchedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"paused"}},{"kind":"Field","name":{"kind":"Name","value":"nextAt"}}]}}]}}]} as unknown as DocumentNode<PauseScheduleMutation, PauseScheduleMutationVariables>;
export const ResumeScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ResumeSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resumeSchedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"paused"}},{"kind":"Field","name":{"kind":"Name","value":"nextAt"}}]}}]}}]} as unknown as DocumentNode<ResumeScheduleMutation, ResumeScheduleMutationVariables>;
export const RunScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RunSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runSchedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<RunScheduleMutation, RunScheduleMutationVariables>;
export const DeleteScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteSchedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<DeleteScheduleMutation, DeleteScheduleMutationVariables>;
export const SnapshotDiffDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SnapshotDiff"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"to"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshotDiff"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"Variable","name":{"kind":"Name","value":"to"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"identical"}},{"kind":"Field","name":{"kind":"Name","value":"from"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}}]}},{"kind":"Field","name":{"kind":"Name","value":"to"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}}]}},{"kind":"Field","name":{"kind":"Name","value":"views"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"identical"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}},{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"unchanged"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"psi"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"featureViews"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<SnapshotDiffQuery, SnapshotDiffQueryVariables>;
export const ProfilesOfTwoDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ProfilesOfTwo"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"to"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"view"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"from"},"name":{"kind":"Name","value":"featureProfile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"view"},"value":{"kind":"Variable","name":{"kind":"Name","value":"view"}}},{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Distribution"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"to"},"name":{"kind":"Name","value":"featureProfile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"view"},"value":{"kind":"Variable","name":{"kind":"Name","value":"view"}}},{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"to"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Distribution"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Distribution"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FeatureProfile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"feature"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"masked"}},{"kind":"Field","name":{"kind":"Name","value":"distinct"}},{"kind":"Field","name":{"kind":"Name","value":"mean"}},{"kind":"Field","name":{"kind":"Name","value":"deviation"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}},{"kind":"Field","name":{"kind":"Name","value":"quantiles"}},{"kind":"Field","name":{"kind":"Name","value":"histogram"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"other"}}]}}]}}]} as unknown as DocumentNode<ProfilesOfTwoQuery, ProfilesOfTwoQueryVariables>;
export const SnapshotDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Snapshot"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"revision"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}},{"kind":"Argument","name":{"kind":"Name","value":"revision"},"value":{"kind":"Variable","name":{"kind":"Name","value":"revision"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}},{"kind":"Field","name":{"kind":"Name","value":"rowsAvailable"}},{"kind":"Field","name":{"kind":"Name","value":"lateEvents"}},{"kind":"Field","name":{"kind":"Name","value":"withdrawal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"views"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}}]}},{"kind":"Field","name":{"kind":"Name","value":"parts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"eventDate"}},{"kind":"Field","name":{"kind":"Name","value":"carriedOn"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}}]}},{"kind":"Field","name":{"kind":"Name","value":"labelled"}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}}]}},{"kind":"Field","name":{"kind":"Name","value":"validation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"expectations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"success"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"newest"},"name":{"kind":"Name","value":"snapshot"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}},{"kind":"Field","name":{"kind":"Name","value":"featureViews"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"models"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}}]}}]} as unknown as DocumentNode<SnapshotQuery, SnapshotQueryVariables>;
export const ApplyRetentionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ApplyRetention"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keepDays"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keepWeeks"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keepMonths"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"dryRun"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"applyRetention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"keepDays"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keepDays"}}},{"kind":"Argument","name":{"kind":"Name","value":"keepWeeks"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keepWeeks"}}},{"kind":"Argument","name":{"kind":"Name","value":"keepMonths"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keepMonths"}}},{"kind":"Argument","name":{"kind":"Name","value":"dryRun"},"value":{"kind":"Variable","name":{"kind":"Name","value":"dryRun"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dryRun"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"dates"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"keptFor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ApplyRetentionMutation, ApplyRetentionMutationVariables>;
export const SnapshotsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Snapshots"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}},{"kind":"Field","name":{"kind":"Name","value":"labelled"}},{"kind":"Field","name":{"kind":"Name","value":"withdrawal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"models"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]} as unknown as DocumentNode<SnapshotsQuery, SnapshotsQueryVariables>;
export const WithdrawDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Withdraw"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"reason"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"withdrawSnapshot"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"asOf"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asOf"}}},{"kind":"Argument","name":{"kind":"Name","value":"reason"},"value":{"kind":"Variable","name":{"kind":"Name","value":"reason"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]} as unknown as DocumentNode<WithdrawMutation, WithdrawMutationVariables>;
export const MutationFormDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MutationForm"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mutationDefinitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}}]}}]}}]} as unknown as DocumentNode<MutationFormQuery, MutationFormQueryVariables>;
export const FormSuggestionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FormSuggestions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"models"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"featureViews"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<FormSuggestionsQuery, FormSuggestionsQueryVariables>;
export const MutationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Mutations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mutationDefinitions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"answers"}}]}}]}}]} as unknown as DocumentNode<MutationsQuery, MutationsQueryVariables>;
export const VersionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Version"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","alias":{"kind":"Name","value":"run"},"name":{"kind":"Name","value":"judgedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"predictions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"prediction"}},{"kind":"Field","name":{"kind":"Name","value":"probability"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"featuresSha256"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"modelVersion"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"statusMessage"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"algorithm"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"importedFrom"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"archive"}},{"kind":"Field","name":{"kind":"Name","value":"signedBy"}},{"kind":"Field","name":{"kind":"Name","value":"origin"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deployment"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"from"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deployment"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"servable"}},{"kind":"Field","name":{"kind":"Name","value":"notServable"}},{"kind":"Field","name":{"kind":"Name","value":"warnings"}},{"kind":"Field","name":{"kind":"Name","value":"signature"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"shape"}},{"kind":"Field","name":{"kind":"Name","value":"features"}}]}},{"kind":"Field","name":{"kind":"Name","value":"outputs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"shape"}}]}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"required"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"evaluation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"roc"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"precisionRecall"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"calibration"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"uncalibrated"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"decision"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"settings"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"precision"}},{"kind":"Field","name":{"kind":"Name","value":"recall"}},{"kind":"Field","name":{"kind":"Name","value":"f1"}},{"kind":"Field","name":{"kind":"Name","value":"calibrationAsked"}},{"kind":"Field","name":{"kind":"Name","value":"calibration"}}]}},{"kind":"Field","name":{"kind":"Name","value":"lift"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"x"}},{"kind":"Field","name":{"kind":"Name","value":"y"}},{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"thresholds"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"threshold"}},{"kind":"Field","name":{"kind":"Name","value":"truePositives"}},{"kind":"Field","name":{"kind":"Name","value":"falsePositives"}},{"kind":"Field","name":{"kind":"Name","value":"trueNegatives"}},{"kind":"Field","name":{"kind":"Name","value":"falseNegatives"}}]}},{"kind":"Field","name":{"kind":"Name","value":"residuals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"classes"}},{"kind":"Field","name":{"kind":"Name","value":"confusion"}},{"kind":"Field","name":{"kind":"Name","value":"perClass"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"called"}},{"kind":"Field","name":{"kind":"Name","value":"precision"}},{"kind":"Field","name":{"kind":"Name","value":"recall"}},{"kind":"Field","name":{"kind":"Name","value":"f1"}},{"kind":"Field","name":{"kind":"Name","value":"auc"}}]}},{"kind":"Field","name":{"kind":"Name","value":"importances"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"feature"}},{"kind":"Field","name":{"kind":"Name","value":"permutation"}},{"kind":"Field","name":{"kind":"Name","value":"gain"}},{"kind":"Field","name":{"kind":"Name","value":"shap"}},{"kind":"Field","name":{"kind":"Name","value":"shapByClass"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"run"},"name":{"kind":"Name","value":"judgedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"gitCommit"}},{"kind":"Field","name":{"kind":"Name","value":"environment"}},{"kind":"Field","name":{"kind":"Name","value":"latestMetrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"200"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"snapshots"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"contentSha256"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"rowCount"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"transitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"forced"}},{"kind":"Field","name":{"kind":"Name","value":"gates"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"passed"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]} as unknown as DocumentNode<VersionQuery, VersionQueryVariables>;
export const CanaryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Canary"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"production"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"canary"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"report"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"champion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CanaryArmRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"challenger"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CanaryArmRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"fallbacks"}},{"kind":"Field","name":{"kind":"Name","value":"compared"}},{"kind":"Field","name":{"kind":"Name","value":"agreement"}},{"kind":"Field","name":{"kind":"Name","value":"meanShift"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"canaries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"champion"}},{"kind":"Field","name":{"kind":"Name","value":"share"}},{"kind":"Field","name":{"kind":"Name","value":"stopRule"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"minRows"}},{"kind":"Field","name":{"kind":"Name","value":"minAgreement"}},{"kind":"Field","name":{"kind":"Name","value":"maxFallbackShare"}},{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"maxLoss"}}]}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedBy"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CanaryArmRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CanaryArmReport"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"predictions"}},{"kind":"Field","name":{"kind":"Name","value":"keys"}},{"kind":"Field","name":{"kind":"Name","value":"meanAnswer"}},{"kind":"Field","name":{"kind":"Name","value":"live"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"labelled"}},{"kind":"Field","name":{"kind":"Name","value":"auc"}},{"kind":"Field","name":{"kind":"Name","value":"logLoss"}},{"kind":"Field","name":{"kind":"Name","value":"accuracy"}},{"kind":"Field","name":{"kind":"Name","value":"rmse"}},{"kind":"Field","name":{"kind":"Name","value":"mae"}}]}}]}}]} as unknown as DocumentNode<CanaryQuery, CanaryQueryVariables>;
export const StartCanaryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StartCanary"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"StartCanaryInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"startCanary"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<StartCanaryMutation, StartCanaryMutationVariables>;
export const EndCanaryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"EndCanary"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"promote"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"reason"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"endCanary"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"Argument","name":{"kind":"Name","value":"promote"},"value":{"kind":"Variable","name":{"kind":"Name","value":"promote"}}},{"kind":"Argument","name":{"kind":"Name","value":"reason"},"value":{"kind":"Variable","name":{"kind":"Name","value":"reason"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}}]}}]}}]} as unknown as DocumentNode<EndCanaryMutation, EndCanaryMutationVariables>;
export const StartableRunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"StartableRuns"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mutationDefinitions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}}]}}]}}]} as unknown as DocumentNode<StartableRunsQuery, StartableRunsQueryVariables>;
export const ViewerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"modelRoles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}},{"kind":"Field","name":{"kind":"Name","value":"protocolRoles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"protocol"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}},{"kind":"Field","name":{"kind":"Name","value":"open"}}]}},{"kind":"Field","name":{"kind":"Name","value":"deployment"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"entities"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"plural"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"keys"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"services"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"task"}},{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"request"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"required"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}},{"kind":"Field","name":{"kind":"Name","value":"oneOf"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ViewerQuery, ViewerQueryVariables>;