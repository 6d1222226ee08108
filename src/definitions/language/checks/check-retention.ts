import { about, type Refuse } from "../contradictions.js";
import type { Retention } from "../deployment-parts.js";

export function checkRetention(retention: Retention, report: Refuse): void {
  const refuse = about("retention", report);
  if ("keepMonths" in retention) {
    if (!(Number.isInteger(retention.keepMonths) && retention.keepMonths >= 1))
      refuse(`keepMonths ${retention.keepMonths} must be a whole number, 1 or more`);
    return;
  }
  const date = new Date(`${retention.until}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== retention.until)
    refuse(`until ${JSON.stringify(retention.until)} must be a date such as "2024-01-31"`);
}
