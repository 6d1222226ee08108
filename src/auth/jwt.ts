import { createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import { UnauthenticatedError } from "../errors/auth-errors.js";
import { AsofError } from "../errors/errors.js";
import { fetchBounded } from "./bounded-fetch.js";
import { readClaim } from "./claims.js";
import { type Identity, parseRole, ROLES, type Role } from "./identity.js";

export interface JwtConfig {
  /** Where the issuer publishes its keys: https, or http on this machine. */
  jwksUrl: string;
  issuer: string;
  audience: string;
  /** The claim that holds a role or a list of them; `realm_access.roles` reads a nested one. */
  roleClaim: string;
}

/** Signatures of a key pair alone: a secret both sides share has no place in a published key set. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const CLOCK_SKEW_SECONDS = 5;
const FETCH_TIMEOUT_MS = 3_000;
/** A key that the issuer withdrew is known for no longer; jose's own is ten minutes. */
const KEYS_AGE_MS = 15_000;
/** Between two fetches for a key that is not in the set: forged JWTs must not make us ask all the time. */
const COOLDOWN_MS = 15_000;
const SUBJECT = /^[\x21-\x7e]{1,128}$/;

/** Checks JWTs of one issuer; its keys are fetched when needed and again when an unknown one is used. */
export class JwtVerifier {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(
    private readonly config: JwtConfig,
    keysAgeMs = KEYS_AGE_MS,
  ) {
    this.#keys = createRemoteJWKSet(new URL(config.jwksUrl), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cacheMaxAge: keysAgeMs,
      cooldownDuration: Math.min(keysAgeMs, COOLDOWN_MS),
      [customFetch]: fetchBounded,
    });
  }

  /**
   * @throws {UnauthenticatedError} signature, issuer, audience, time, subject or role do not hold
   * @throws {AsofError} SERVICE_UNAVAILABLE: the issuer's keys cannot be fetched
   */
  async verify(token: string): Promise<Identity> {
    const { issuer, audience } = this.config;
    const { payload } = await jwtVerify(token, this.#keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ["exp", "sub"],
    }).catch((cause: unknown) => {
      throw refusal(cause);
    });
    const { sub, exp } = payload;
    if (!SUBJECT.test(String(sub))) {
      throw new UnauthenticatedError("the JWT's sub is not 1 to 128 printable characters without spaces");
    }
    const role = highestRole(readClaim(payload, this.config.roleClaim));
    if (!role) {
      throw new UnauthenticatedError(
        `the JWT's claim ${JSON.stringify(this.config.roleClaim)} holds none of ${ROLES.join(", ")}`,
      );
    }
    return {
      actor: sub!,
      role,
      modelRoles: {},
      protocolRoles: {},
      seesPersonal: false,
      kind: "jwt",
      id: `jwt:${sub}`,
      expiresAt: exp! * 1000,
    };
  }
}

function refusal(cause: unknown): AsofError {
  const known =
    cause instanceof errors.JOSEError &&
    !(cause instanceof errors.JWKSTimeout) &&
    !(cause instanceof errors.JWKSInvalid) &&
    cause.code !== "ERR_JOSE_GENERIC";
  if (!known) {
    return new AsofError(
      "SERVICE_UNAVAILABLE",
      "the keys that JWTs are checked with cannot be fetched; try again",
      {},
      { cause },
    );
  }
  const expired = cause instanceof errors.JWTExpired;
  return new UnauthenticatedError(expired ? "the JWT has expired" : "the JWT is not valid here", { cause });
}

function highestRole(claim: unknown): Role | null {
  const roles = (Array.isArray(claim) ? claim : [claim]).map(parseRole);
  return [...ROLES].reverse().find((role) => roles.includes(role)) ?? null;
}
