/** Folders of drizzle/ beside those of deployments. */
export const RESERVED_DEPLOYMENTS: readonly string[] = ["core", "legacy", "meta"];

/** Columns that asof adds to tables of its own making. */
export const RESERVED_COLUMNS: readonly string[] = [
  ...["as_of", "snapshot_id", "line"],
  ...["push_id", "pushed_features", "pushed_at", "pushed_by"],
];
/** Columns that every table of PostgreSQL has of its own. */
export const SYSTEM_COLUMNS: readonly string[] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
/** Names that no declared column can have. */
export const TAKEN_COLUMNS: readonly string[] = [...RESERVED_COLUMNS, ...SYSTEM_COLUMNS];

/** Tables that are there whatever is declared. */
export const RESERVED_TABLES: readonly string[] = [
  ...["api_tokens", "api_token_uses", "rate_limits", "audit_log"],
  ...["models", "model_versions", "model_aliases", "stage_transitions", "registry_changes", "canaries"],
  "prediction_log",
  ...["experiments", "runs", "run_steps", "run_events", "run_metrics", "run_latest_metrics"],
  ...["run_schedules", "run_schedule_firings"],
  ...["artifacts", "artifact_blobs", "artifact_objects", "artifact_pieces", "artifact_uploads"],
  ...["logged_models", "logged_model_files", "logged_model_metrics", "model_version_files", "run_models"],
  ...["snapshots", "snapshot_parts", "snapshot_withdrawals", "snapshot_drops"],
  ...["deliveries", "delivery_scan", "quarantined_rows"],
  ...["event_deliveries", "event_arrivals", "event_drops", "snapshot_windows"],
  ...["online_views", "online_copy_queue", "feature_profiles", "drift_comparisons", "part_differences"],
  ...["erasures", "erasure_lifts", "erasure_keys", "erasure_secret", "erasure_counts", "erasure_artifacts"],
  ...["erased_rows", "lineage_cursors", "lake_files"],
  ...["alert_rules", "alert_cursors", "alert_conditions", "alert_deliveries"],
  ...["asof_deployment", "asof_migrations"],
  ...["asof_core_migrations", "asof_deployment_migrations", "asof_legacy_migrations"],
];

/** What ids begin with, and the nouns of asof's own GraphQL types and root fields: no entity is called so. */
export const RESERVED_ENTITIES: readonly string[] = [
  ...[
    "run",
    "experiment",
    "registry_change",
    "canary",
    "snapshot",
    "model",
    "model_version",
    "registered_model",
    "version",
    "view",
    "feature_view",
  ],
  ...[
    "alert_rule",
    "alert_delivery",
    "schedule",
    "role",
    "task",
    "stage",
    "node",
    "viewer",
    "health",
    "deployment",
    "entity",
    "entity_row",
  ],
  ...["feature", "feature_service", "prediction", "prediction_outcome", "delivery", "artifact", "metric"],
  ...["audit_log", "audit_entry"],
  ...["token", "api_token", "query", "mutation", "subscription", "date", "date_time", "json", "page_info"],
];

/** Arguments and fields beside the key's own: of `predict`, of what it answers, and of every object. */
export const RESERVED_KEY_FIELDS: readonly string[] = [
  ...["id", "key", "keys", "model", "version", "alias", "knownAt", "value", "values", "rows"],
  ...[
    "prediction",
    "probability",
    "threshold",
    "class",
    "classes",
    "modelVersion",
    "features",
    "statuses",
    "request",
    "requests",
  ],
];

/** Fields the GraphQL type of an entity has beside its key and its columns. */
export const RESERVED_ENTITY_FIELDS: readonly string[] = ["features", "prediction"];
