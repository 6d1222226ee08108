import type * as Client from "openid-client";
import { UnauthenticatedError } from "../errors/auth-errors.js";
import { AsofError } from "../errors/errors.js";
import { fetchBounded } from "./bounded-fetch.js";
import { readClaim } from "./claims.js";
import { type ModelRoles, ROLES, type Role, roleBeside } from "./identity.js";

export interface OidcConfig {
  /** Where the provider's description is found: https, or http on this machine. */
  issuer: string;
  clientId: string;
  /** Null: a public client, which proves itself by PKCE alone. */
  clientSecret: string | null;
  /** Where browsers reach this server, with its base path and without a slash at the end. */
  publicUrl: string;
  scopes: string;
  /** The claim that says who somebody is: kept as the actor of what they do. */
  nameClaim: string;
  /** Whether `email` counts where the provider does not say that it verified it. */
  trustsEmail: boolean;
  /** The claim that holds a role, a group or a list of them; `realm_access.roles` reads a nested one. */
  roleClaim: string;
  /** What the claim must hold; `*`: whoever signs in. */
  grants: Readonly<Record<GroupGrant, readonly string[]>>;
  /** Likewise for one model each. */
  modelGrants: readonly { model: string; role: Role; group: string }[];
  /** How long a session holds. */
  sessionHours: number;
}

/** What a group gives: a role, or the sight of personal columns beside one. */
export const GRANTS = [...ROLES, "personal"] as const;
export type GroupGrant = (typeof GRANTS)[number];

/** What a browser keeps while its user is at the provider. */
export interface SignInAttempt {
  state: string;
  nonce: string;
  verifier: string;
}

/** Whom the provider vouches for, and what they may do here. */
export interface SignedInPerson {
  name: string;
  role: Role;
  modelRoles: ModelRoles;
  seesPersonal: boolean;
}

/** The provider said no, the person has no role, or the answer is not the one that was waited for. */
export class SignInRefusedError extends UnauthenticatedError {
  constructor(
    readonly reason: "denied" | "no_role" | "failed",
    problem: string,
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

const TIMEOUT_SECONDS = 5;
/** What the provider says of itself is read again after so long. */
const DESCRIPTION_MS = 60 * 60 * 1000;
/** How the library says that no provider answered, but nothing or something that is none. */
const UNREACHABLE = new Set([
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_RESPONSE_IS_NOT_JSON",
  "OAUTH_PARSE_ERROR",
]);
const EMAIL = "email";
const VERIFIED = "email_verified";
const NAME = /^[\x21-\x7e]{1,128}$/;

/** People sign in at an OpenID provider: authorization code with PKCE, state and nonce. */
export class OidcProvider {
  #described: { at: number; configuration: Promise<Client.Configuration> } | null = null;

  constructor(readonly config: OidcConfig) {}

  get redirectUrl(): string {
    return `${this.config.publicUrl}/session/callback`;
  }

  /**
   * @returns where the browser goes, and what it keeps until it comes back
   * @throws {AsofError} SERVICE_UNAVAILABLE: the provider cannot be reached
   */
  async begin(): Promise<{ url: string; attempt: SignInAttempt }> {
    const client = await import("openid-client");
    const configuration = await this.describe();
    const attempt = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUrl,
      scope: this.config.scopes,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
    });
    return { url: url.href, attempt };
  }

  /**
   * @param query what the provider sent back with the browser
   * @throws {SignInRefusedError}
   * @throws {AsofError} SERVICE_UNAVAILABLE
   */
  async finish(query: string, { state, nonce, verifier }: SignInAttempt): Promise<SignedInPerson> {
    const client = await import("openid-client");
    const configuration = await this.describe();
    try {
      const tokens = await client.authorizationCodeGrant(
        configuration,
        new URL(`${this.redirectUrl}?${query}`),
        { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      );
      const claims: Record<string, unknown> = { ...tokens.claims()! };
      // Some providers tell groups and addresses only where they are asked for them.
      const { nameClaim, roleClaim } = this.config;
      const needed = [nameClaim, roleClaim].flatMap((name) => (name === EMAIL ? [EMAIL, VERIFIED] : [name]));
      const lacking = needed.some((name) => readClaim(claims, name) === undefined);
      if (lacking && configuration.serverMetadata().userinfo_endpoint) {
        const told = await client.fetchUserInfo(configuration, tokens.access_token, String(claims.sub));
        return this.#person({ ...told, ...claims });
      }
      return this.#person(claims);
    } catch (error) {
      throw this.#refusal(client, error);
    }
  }

  /**
   * What the provider says of itself; asked once an hour, and again where it could not be read.
   * @throws {AsofError} SERVICE_UNAVAILABLE
   */
  describe(): Promise<Client.Configuration> {
    if (!this.#described || this.#described.at + DESCRIPTION_MS < Date.now()) {
      const described = { at: Date.now(), configuration: this.#discover() };
      this.#described = described;
      described.configuration.catch(() => {
        if (this.#described === described) this.#described = null;
      });
    }
    return this.#described.configuration;
  }

  async #discover(): Promise<Client.Configuration> {
    const client = await import("openid-client");
    const { issuer, clientId, clientSecret } = this.config;
    const configuration = await client
      .discovery(
        new URL(issuer),
        clientId,
        clientSecret ?? undefined,
        clientSecret === null ? client.None() : undefined,
        {
          timeout: TIMEOUT_SECONDS,
          execute: issuer.startsWith("http:") ? [client.allowInsecureRequests] : [],
          [client.customFetch]: fetchBounded as Client.CustomFetch,
        },
      )
      .catch((cause: unknown) => {
        throw this.#unreachable(cause);
      });
    // The line to the provider may end in a proxy: what it signed is checked by its keys, too.
    client.enableNonRepudiationChecks(configuration);
    return configuration;
  }

  /** @throws {SignInRefusedError} */
  #person(claims: Record<string, unknown>): SignedInPerson {
    const { nameClaim, roleClaim, grants, modelGrants } = this.config;
    // An address that the provider did not verify may be anybody's. Some say so in texts.
    const isVerified = [true, "true"].includes(claims[VERIFIED] as boolean | string);
    const unverified = claims[EMAIL] !== undefined && !this.config.trustsEmail && !isVerified;
    const read = (claim: string) => (claim === EMAIL && unverified ? null : readClaim(claims, claim));
    const named = read(nameClaim);
    const name = named === undefined ? claims.sub : named;
    if (typeof name !== "string" || !NAME.test(name)) {
      throw new SignInRefusedError(
        "failed",
        `the claim ${JSON.stringify(nameClaim)} is not a verified name of 1 to 128 printable characters without spaces`,
      );
    }
    const held = [read(roleClaim)].flat();
    const isIn = (group: string) => group === "*" || held.includes(group);
    const role = ROLES.findLast((each) => grants[each].some(isIn));
    if (!role) {
      throw new SignInRefusedError(
        "no_role",
        `${JSON.stringify(name)} has no role here: the claim ${JSON.stringify(roleClaim)} holds none of the groups of OIDC_ROLES`,
      );
    }
    const modelRoles: Record<string, Role> = {};
    for (const given of modelGrants) {
      if (isIn(given.group))
        modelRoles[given.model] = roleBeside({ role: given.role, modelRoles }, given.model);
    }
    return { name, role, modelRoles, seesPersonal: grants.personal.some(isIn) };
  }

  #refusal(client: typeof Client, error: unknown): AsofError {
    if (error instanceof AsofError) return error;
    if (error instanceof client.AuthorizationResponseError) {
      const reason = error.error === "access_denied" ? "denied" : "failed";
      return new SignInRefusedError(reason, `the provider answered ${JSON.stringify(error.error)}`, {
        cause: error,
      });
    }
    const broken = error instanceof client.ClientError && UNREACHABLE.has(String(error.code));
    const answered = error instanceof client.ResponseBodyError || error instanceof client.ClientError;
    return answered && !broken
      ? new SignInRefusedError("failed", "the provider's answer does not hold", { cause: error })
      : this.#unreachable(error);
  }

  #unreachable(cause: unknown): AsofError {
    return new AsofError(
      "SERVICE_UNAVAILABLE",
      `the provider ${this.config.issuer} cannot be reached or does not describe itself; try again, or sign in with a token`,
      {},
      { cause },
    );
  }
}
