import { z } from "zod";
import { parseRole } from "../../auth/identity.js";
import { GRANTS, type GroupGrant, type OidcConfig } from "../../auth/oidc.js";
import { numberFrom, textVariable, trueOrFalse, trustedUrl, variable } from "./variable.js";

/** How people sign in. */
export interface SignInConfig {
  /** The provider that vouches for them; null: none, and the console takes tokens alone. */
  oidc: OidcConfig | null;
}

const trusted = z.string().refine(trustedUrl, "must be an https URL, or http on this machine");

type Grants = Pick<OidcConfig, "grants" | "modelGrants">;

/** `admin=ml-leads,operator@churn=churn-team,viewer=*`; what is not named is given to nobody. */
const grants = z.string().transform((text, { addIssue }): Grants => {
  const read: Record<GroupGrant, string[]> = { viewer: [], operator: [], admin: [], personal: [] };
  const modelGrants: Grants["modelGrants"][number][] = [];
  for (const pair of text.split(",")) {
    const [, grant, model, group] = /^\s*(\w+)(?:@([\w.-]+))?\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const role = parseRole(grant);
    if (group && model !== undefined && role) modelGrants.push({ model, role, group });
    else if (!(GRANTS as readonly string[]).includes(grant!) || !group || model !== undefined) {
      addIssue(
        `must be pairs such as admin=ml-leads,operator@churn=churn-team,viewer=* of ${GRANTS.join(", ")} (a role with @ for one model) and a group; got ${JSON.stringify(pair)}`,
      );
    } else read[grant as GroupGrant].push(group);
  }
  return { grants: read, modelGrants };
});
/** A role's own name gives it. */
const OWN_NAMES: Grants = {
  grants: { viewer: ["viewer"], operator: ["operator"], admin: ["admin"], personal: ["personal"] },
  modelGrants: [],
};

export const signInVariables = z
  .object({
    OIDC_ISSUER: variable(trusted, null),
    OIDC_CLIENT_ID: textVariable(null),
    OIDC_CLIENT_SECRET: textVariable(null),
    OIDC_SCOPES: textVariable("openid profile email"),
    OIDC_NAME_CLAIM: textVariable("email"),
    OIDC_TRUST_EMAIL: trueOrFalse(false),
    OIDC_ROLE_CLAIM: textVariable("groups"),
    OIDC_ROLES: variable<Grants, null>(grants, null),
    OIDC_SESSION_HOURS: numberFrom(1, 720, 8),
    PUBLIC_URL: variable(trusted, null),
  })
  .superRefine((env, { addIssue }) => {
    const set = [env.OIDC_ISSUER, env.OIDC_CLIENT_ID, env.PUBLIC_URL].filter((value) => value !== null);
    if (env.OIDC_ISSUER !== null && set.length < 3)
      addIssue("OIDC_ISSUER needs OIDC_CLIENT_ID, and PUBLIC_URL, which the provider sends browsers back to");
    if (env.OIDC_ISSUER === null && (env.OIDC_CLIENT_ID ?? env.OIDC_CLIENT_SECRET) !== null)
      addIssue("OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are of a provider; set OIDC_ISSUER, or neither");
    if (!env.OIDC_SCOPES.split(/\s+/).includes("openid")) addIssue("OIDC_SCOPES must hold openid");
  })
  .transform((env): SignInConfig => {
    const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, PUBLIC_URL: publicUrl } = env;
    if (!issuer || !clientId || !publicUrl) return { oidc: null };
    return {
      oidc: {
        issuer,
        clientId,
        clientSecret: env.OIDC_CLIENT_SECRET,
        publicUrl: publicUrl.replace(/\/+$/, ""),
        scopes: env.OIDC_SCOPES,
        nameClaim: env.OIDC_NAME_CLAIM,
        trustsEmail: env.OIDC_TRUST_EMAIL,
        roleClaim: env.OIDC_ROLE_CLAIM,
        ...(env.OIDC_ROLES ?? OWN_NAMES),
        sessionHours: env.OIDC_SESSION_HOURS,
      },
    };
  });
