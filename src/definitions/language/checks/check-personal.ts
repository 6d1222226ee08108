import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";

/** What rows are found, ordered and learnt by cannot be masked: no answer could be given without it. */
export function checkPersonal({ sources, services }: Deployment, report: Refuse): void {
  for (const { name, columns, eventTime, eventKey = [], deleted } of sources) {
    const places: [string, string | undefined][] = [
      ["eventTime", eventTime],
      ...eventKey.map((column): [string, string] => ["eventKey", column]),
      ["deleted", deleted],
    ];
    for (const [place, column] of places) {
      if (column === undefined || !columns[column]?.personal) continue;
      about(
        `source ${name}`,
        report,
      )(`${place}: ${column} is personal, and events are told apart by it; take personal off the column`);
    }
  }
  for (const { name, label } of services) {
    if (!label.source.columns[label.column]?.personal) continue;
    report(
      `service ${name}: its label ${label.column} is personal, and each prediction is an estimate of it; take personal off the column, and give no token to who must not predict`,
    );
  }
}
