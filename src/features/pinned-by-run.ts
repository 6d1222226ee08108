/** SQL condition on a row of `runs`: it pinned one of these snapshots to train from, as features or labels of one of its dates. */
export const trainsFrom = (ids: string): string => `(
  (params #>> '{snapshot,id}')::int = any(${ids}) or (params #>> '{labelSnapshot,id}')::int = any(${ids})
  or exists (select 1 from jsonb_path_query(params, '$.dates[*].*.id') pinned where pinned::int = any(${ids})))`;
