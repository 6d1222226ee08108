/**
 * SQL conditions on a row of `snapshots`, aliased as named. A snapshot is effective where its rows are there and it is
 * not withdrawn; as it was known at an instant, where it was recorded by then and not withdrawn yet.
 */
export const hasRows = (alias: string): string =>
  `not exists (select 1 from snapshot_drops d where d.snapshot_id = ${alias}.id)`;

export const isWithdrawn = (alias: string): string =>
  `exists (select 1 from snapshot_withdrawals w where w.snapshot_id = ${alias}.id)`;

export const isEffective = (alias: string): string => `${hasRows(alias)} and not ${isWithdrawn(alias)}`;

/** createdAt is shown in milliseconds: who asks with it means that snapshot, too. */
export const wasRecorded = (alias: string, knownAt: string): string =>
  `date_trunc('milliseconds', ${alias}.created_at) <= ${knownAt}`;

export const wasEffective = (alias: string, knownAt: string): string =>
  `${wasRecorded(alias, knownAt)} and ${hasRows(alias)} and not exists (
     select 1 from snapshot_withdrawals w where w.snapshot_id = ${alias}.id and w.at <= ${knownAt})`;
