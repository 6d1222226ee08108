/**
 * SQL: how often the run has begun until an event, and with which event it did last. It begins with its first status, and with each
 * that follows an end: a retry, a trial that is tried again, a run that a tracking client takes up.
 * @param run the run's id, and `event` the event's, as SQL
 */
export const attemptsUntil = (run: string, event: string): string => `
  select greatest(count(*) filter (where begins), 1)::int as attempt, max(id) filter (where begins) as begun
  from (
    select id, coalesce(lag(status) over (order by id) in ('SUCCEEDED', 'FAILED', 'CANCELLED'), true) as begins
    from run_events where run_id = ${run} and type = 'STATUS' and id <= ${event}
  ) statuses`;
