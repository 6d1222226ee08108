import { z } from "zod";
import type { LineageReceiver } from "../../lineage/receiver.js";
import { numberFrom, textVariable, variable } from "./variable.js";

export interface LineageConfig {
  /** Where events of lineage are sent; null: nowhere. */
  lineage: LineageReceiver | null;
}

const address = z.string().superRefine((text, { addIssue }) => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    addIssue("must be a URL that begins with http:// or https://");
    return;
  }
  const { username, password } = new URL(text);
  if (username || password) addIssue("must hold no user and password; set OPENLINEAGE_API_KEY instead");
});

export const lineageVariables = z
  .object({
    OPENLINEAGE_URL: variable(address, null),
    OPENLINEAGE_API_KEY: textVariable(null),
    OPENLINEAGE_NAMESPACE: textVariable("asof"),
    OPENLINEAGE_KEEP_DAYS: numberFrom(1, 365, 7),
  })
  .transform(
    (env): LineageConfig => ({
      lineage:
        env.OPENLINEAGE_URL === null
          ? null
          : {
              url: `${env.OPENLINEAGE_URL.replace(/\/+$/, "")}/api/v1/lineage`,
              apiKey: env.OPENLINEAGE_API_KEY,
              namespace: env.OPENLINEAGE_NAMESPACE,
              keepDays: env.OPENLINEAGE_KEEP_DAYS,
            },
    }),
  );
