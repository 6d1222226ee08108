import { AsofError } from "./errors.js";

export class AlertNotFoundError extends AsofError {
  constructor(what: "rule" | "delivery", of: string) {
    super(
      "ALERT_NOT_FOUND",
      what === "rule"
        ? `no alert rule is named ${JSON.stringify(of)}; query { alertRules { name } } lists them`
        : `no delivery of an alert has the id ${JSON.stringify(of)}; query { alertDeliveries { id } } lists them`,
      { [what === "rule" ? "name" : "id"]: of },
    );
  }
}
