import type pg from "pg";
import { sendingProblem } from "../../alerts/channels/registry.js";
import { declaredAlertRules } from "../../alerts/declared.js";
import { listRules } from "../../alerts/rule-store.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { AlertsConfig } from "../../process/config/alerts.js";
import { channelParts } from "../../process/open-alerts.js";
import { type Check, ok, warning } from "./check.js";

const NAME = "alerts";

/** Whether this machine can send by each rule: its secrets are set, its host is known and allowed, the mail server answers. */
export async function checkAlertRules(
  client: pg.Client,
  definitions: Deployment,
  config: AlertsConfig,
): Promise<Check[]> {
  const { rows } = await client.query("select to_regclass('public.alert_rules') is not null as there");
  const stored = rows[0].there ? await listRules(client) : [];
  const rules = [...declaredAlertRules(definitions), ...stored.filter(({ declared }) => !declared)];
  const parts = channelParts(config);
  const found: Check[] = [];
  for (const { name, channel, options } of rules) {
    const problem = await sendingProblem(channel, options, parts);
    if (problem)
      found.push(warning(NAME, `rule ${name}: ${problem}`, "correct that, or the rule; see docs/alerts.md"));
  }
  return found.length > 0 || rules.length === 0
    ? found
    : [ok(NAME, rules.length === 1 ? "1 rule can send" : `${rules.length} rules can send`)];
}
