import { z } from "zod";
import type { JwtConfig } from "../../auth/jwt.js";
import { textVariable, trueOrFalse, trustedUrl, variable } from "./variable.js";

/** Who may call, and from where. */
export interface AuthConfig {
  /** A token of role admin beside those of the database. */
  adminToken: string | null;
  /** JWTs of this issuer are accepted. */
  jwt: JwtConfig | null;
  /** Whether `GET /metrics` is answered without authentication. */
  metricsPublic: boolean;
  /** Whose pages may call. */
  cors: {
    /** Such as `https://app.example`, or `*` alone; none: nobody's but our own. */
    origins: string[];
    /** Whether browsers send what they keep for us, such as a proxy's cookie. */
    credentials: boolean;
  };
}

/** As browsers send it. A `*` within is a letter of a name to `URL`, and would match nothing. */
const isOrigin = (origin: string): boolean =>
  /^https?:/.test(origin) &&
  !origin.includes("*") &&
  URL.canParse(origin) &&
  new URL(origin).origin === origin;

export const authVariables = z
  .object({
    ASOF_ADMIN_TOKEN: variable(
      z
        .string()
        .regex(
          /^[\x21-\x7e]{32,256}$/,
          "must be 32 to 256 printable characters, such as `openssl rand -hex 32` prints",
        ),
      null,
    ),
    AUTH_JWKS_URL: variable(
      z.string().refine(trustedUrl, "must be an https URL, or http on this machine"),
      null,
    ),
    AUTH_ISSUER: textVariable(null),
    AUTH_AUDIENCE: textVariable(null),
    AUTH_ROLE_CLAIM: textVariable("role"),
    METRICS_PUBLIC: trueOrFalse(false),
    CORS_ORIGINS: z.preprocess(
      (value) =>
        String(value ?? "")
          .split(",")
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ""),
      z
        .array(z.string())
        .refine(
          (origins) => origins.join() === "*" || origins.every(isOrigin),
          "must be origins such as https://app.example with commas between them, each in full (no *.example), or * alone",
        ),
    ),
    CORS_CREDENTIALS: trueOrFalse(false),
  })
  .superRefine((env, { addIssue }) => {
    const { AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE } = env;
    const set = [AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE].filter((value) => value !== null);
    // A key set without issuer and audience would accept JWTs that were made for others.
    if (set.length === 1 || set.length === 2)
      addIssue("AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE go together; set all of them or none");
    // Any page could send requests with its visitor's credentials.
    if (env.CORS_CREDENTIALS && env.CORS_ORIGINS.includes("*"))
      addIssue("CORS_ORIGINS=* and CORS_CREDENTIALS=true exclude each other; name the origins");
  })
  .transform((env): AuthConfig => {
    const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = env;
    return {
      adminToken: env.ASOF_ADMIN_TOKEN,
      jwt:
        jwksUrl && issuer && audience ? { jwksUrl, issuer, audience, roleClaim: env.AUTH_ROLE_CLAIM } : null,
      metricsPublic: env.METRICS_PUBLIC,
      cors: { origins: env.CORS_ORIGINS, credentials: env.CORS_CREDENTIALS },
    };
  });
