/**
 * Which versions are a run's, as SQL over rows of `model_versions`. A run is behind a version in one of two ways: it made it (`run_id`:
 * asof trained it there, or its trainer logged it there), or it judges it (`registered_by`: a REGISTER run). All that asks
 * for the version of a run asks by what is here.
 */

/** It made the version, or judges it. @param run SQL of the run's id @param v what the version's row is called */
export const isOfRun = (run: string, v = "model_versions"): string =>
  `${run} in (${v}.run_id, ${v}.registered_by)`;

/** The run whose measurements the version has, or is to have; null: it is only kept. */
export const judgeOf = (v = "model_versions"): string =>
  `coalesce(${v}.registered_by, case when ${v}.signature is not null then ${v}.run_id end)`;

/** The run that judges a version says how far it is: nothing is left to do where its process dies. */
export const versionStatusOf = (v = "model_versions"): string =>
  `case when ${v}.signature is not null or ${v}.registered_by is null then 'READY'
     when (select j.status from runs j where j.id = ${v}.registered_by) in ('FAILED', 'CANCELLED') then 'FAILED' else 'PENDING' end`;

/**
 * It is what the run came to: asof trained it there, or it was registered from it and ends it. There is one at most. None is a
 * version that was refused, that is only kept, or that was registered from a run which stays open for others.
 */
export const isOwnOf = (run: string, v = "model_versions"): string =>
  `${v}.run_id = ${run} and case when ${v}.registered_by is null then ${v}.signature is not null
     else ${versionStatusOf(v)} <> 'FAILED' and not coalesce(
       (select (j.params ->> 'keepsRunOpen')::boolean from runs j where j.id = ${v}.registered_by), false) end`;
