import { AsofError } from "./errors.js";

/** What needs events that retention dropped is not worked out from a part of them. */
export class EventsDroppedError extends AsofError {
  /** @param eventsFrom the first day whose events are kept */
  constructor(
    what: string,
    { source, asOf, eventsFrom }: { source: string; asOf: string; eventsFrom: string },
    remedy: string,
  ) {
    super(
      "DROPPED",
      `${what}, and events of ${source} before ${eventsFrom} were dropped by retention; ${remedy}`,
      {
        ...{ source, asOf, eventsFrom },
      },
    );
  }
}
