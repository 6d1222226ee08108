import { about, type Refuse } from "../contradictions.js";
import type { Retention } from "../deployment-parts.js";

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
