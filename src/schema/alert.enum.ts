import { registerEnumType } from "type-graphql";
import { ALERT_DELIVERY_STATES } from "../alerts/delivery-store.js";
import { described, namesOf } from "./enum-of.js";

/** Filled by `declareAlerts`: by then the events and channels of this process are known. */
export const AlertEventName: Record<string, string> = {};
export const AlertChannelName: Record<string, string> = {};

type Records = Iterable<{ name: string; description: string }>;

/** Has the schema know these events and channels. */
export function declareAlerts(events: Records, channels: Records): void {
  declare(AlertEventName, "AlertEvent", events);
  declare(AlertChannelName, "AlertChannel", channels);
}

function declare(names: Record<string, string>, name: string, records: Records): void {
  const table = Object.fromEntries(Array.from(records, (record) => [record.name, record.description]));
  Object.assign(names, namesOf(table));
  registerEnumType(names, { name, valuesConfig: described(table) });
}

export const AlertDeliveryStateName = namesOf(ALERT_DELIVERY_STATES);
registerEnumType(AlertDeliveryStateName, {
  name: "AlertDeliveryState",
  valuesConfig: described(ALERT_DELIVERY_STATES),
});
