import { about, type Refuse } from "../contradictions.js";
import type { Deployment, Retention } from "../deployment-parts.js";
import type { Source } from "../source.js";
import { isEventSource } from "../windows/event-source.js";
import { reachesOfSources } from "../windows/reaches.js";

const PERIODS = ["keepDays", "keepWeeks", "keepMonths"];

export function checkRetention(retention: Retention, report: Refuse): void {
  const refuse = about("retention", report);
  if (!("until" in retention)) {
    const periods = Object.entries(retention);
    if (periods.length === 0) refuse("names none of keepDays, keepWeeks, keepMonths and until");
    for (const [name, value] of periods) {
      if (!PERIODS.includes(name)) refuse(`${name} is none of keepDays, keepWeeks, keepMonths and until`);
      else if (!(Number.isInteger(value) && value >= 1))
        refuse(`${name} ${value} must be a whole number, 1 or more`);
    }
    return;
  }
  const date = new Date(`${retention.until}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== retention.until)
    refuse(`until ${JSON.stringify(retention.until)} must be a date such as "2024-01-31"`);
}

/** A hundred years: no history is longer. */
const LONGEST_DAYS = 36_500;

/** Events may go once no window of a snapshot to come sees them. */
export function checkEventRetention(deployment: Deployment, source: Source, report: Refuse): void {
  if (source.retention === undefined || !isEventSource(source)) return;
  const problem = eventRetentionProblem(deployment, source, source.retention.keepDays);
  if (problem) about(`source ${source.name}`, report)(`retention: ${problem}`);
}

/** Why so many days of a source's events cannot be what is kept; null: they can. */
export function eventRetentionProblem(
  deployment: Pick<Deployment, "views">,
  { name, delivery }: Source,
  keepDays: number,
): string | null {
  if (!(Number.isInteger(keepDays) && keepDays >= 1 && keepDays <= LONGEST_DAYS))
    return `keepDays ${keepDays} must be a whole number, 1 to ${LONGEST_DAYS}`;
  if (delivery === "replaces")
    return "each delivery has all its events, and would bring back what was dropped; declare eventKey in place of delivery";
  const reach = reachesOfSources(deployment).find(({ source }) => source === name);
  if (!reach || (reach.days !== null && reach.days <= keepDays)) return null;
  const feature = `${reach.view}.${reach.feature}`;
  return reach.days === null
    ? `${feature} is computed of all its events, whenever they were; give each window days(…), or keep all events`
    : `keepDays ${keepDays} is less than ${feature} sees; keep ${reach.days} days or more`;
}
