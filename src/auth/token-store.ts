import { createHash, randomBytes, randomUUID } from "node:crypto";
import { and, asc, eq, gt, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { Queryable } from "../db/pool.js";
import { apiTokens, apiTokenUses } from "../db/tables/api-tokens.js";
import { ask, type Fields, find, isAnyOf } from "../db/typed.js";
import { BadUserInputError, ConflictError } from "../errors/errors.js";
import {
  GIVEN_ROLES,
  type GivenRole,
  type Grants,
  PROTOCOLS,
  parseRole,
  ROLES,
  roleCovers,
} from "./identity.js";
import type { SignedInPerson } from "./oidc.js";

export interface ApiToken extends Grants {
  id: string;
  name: string;
  /** Who signed in at the provider; null: a token, and its name is who calls. */
  person: string | null;
  /** Whether its holder sees personal columns whatever the role. */
  seesPersonal: boolean;
  createdAt: Date;
  /** Null: the command line. */
  createdBy: string | null;
  /** To the minute. */
  lastUsedAt: Date | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

export interface NewToken {
  name: string;
  role: string;
  modelRoles?: Readonly<Record<string, string>>;
  protocolRoles?: Readonly<Record<string, string>>;
  seesPersonal?: boolean;
  /** Absent: it lasts until it is revoked. */
  days?: number;
  /** Absent: the command line creates it. */
  createdBy?: string;
}

const modelRolesShape = z.record(z.string(), z.enum(ROLES));
/** One that a later release knows gives nothing here. */
const protocolRolesShape = z.object(
  Object.fromEntries(PROTOCOLS.map((name) => [name, z.enum(ROLES).optional()])),
);
const LAST_USED = sql`(select last_used_at from ${apiTokenUses} where ${apiTokenUses.token_id} = ${apiTokens.id})`;
const FIELDS: Fields<ApiToken> = {
  id: apiTokens.id,
  name: apiTokens.name,
  person: apiTokens.person,
  role: apiTokens.role,
  modelRoles: sql`${apiTokens.model_roles}`.mapWith((value: unknown) => modelRolesShape.parse(value)),
  protocolRoles: sql`${apiTokens.protocol_roles}`.mapWith((value: unknown) =>
    protocolRolesShape.parse(value),
  ),
  seesPersonal: apiTokens.sees_personal,
  createdAt: apiTokens.created_at,
  createdBy: apiTokens.created_by,
  lastUsedAt: LAST_USED.mapWith(apiTokenUses.last_used_at),
  expiresAt: apiTokens.expires_at,
  revokedAt: apiTokens.revoked_at,
};
const IS_IN_USE = isNull(apiTokens.revoked_at);
const IS_UNEXPIRED = or(isNull(apiTokens.expires_at), gt(apiTokens.expires_at, sql`clock_timestamp()`));
const IS_ACTIVE = and(IS_IN_USE, IS_UNEXPIRED)!;
const HAS_LONG_ENDED = and(
  isNotNull(apiTokens.person),
  lt(
    sql`least(${apiTokens.expires_at}, ${apiTokens.revoked_at})`,
    sql`clock_timestamp() - interval '30 days'`,
  ),
)!;
const NAME = /^[\w.@+-]{1,64}$/;
const TOKEN = /^asof_[\w-]{43}$/;
const MOST_MODEL_ROLES = 100;
const LONGEST_DAYS = 3650;

/**
 * SHA-256 and no slow password hash: 256 random bits cannot be guessed, however fast the hash, and a slow one
 * would be paid by every request of a new connection.
 */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

const newToken = (): string => `asof_${randomBytes(32).toString("base64url")}`;

/** Whether the text has the form of our tokens; anything else is not worth a query. */
export const looksLikeToken = (text: string): boolean => TOKEN.test(text);

/** API tokens, and sessions of people, which are tokens by another way: only their hashes are kept. Triggers announce each change on `asof_api_tokens`. */
export class TokenStore {
  constructor(private readonly db: Queryable) {}

  /**
   * @returns the token itself, here and never again
   * @throws {BadUserInputError} name, role or days cannot be used
   * @throws {ConflictError} a token of that name is in use
   */
  async create({
    name,
    role,
    modelRoles = {},
    protocolRoles = {},
    seesPersonal = false,
    days,
    createdBy,
  }: NewToken): Promise<{ token: string; row: ApiToken }> {
    if (!NAME.test(name)) {
      throw new BadUserInputError(
        `name: 1 to 64 letters, digits or any of _.@+- were expected; got ${JSON.stringify(name)}`,
      );
    }
    const general = parseGivenRole(role);
    if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= LONGEST_DAYS)) {
      throw new BadUserInputError(`days: a whole number from 1 to ${LONGEST_DAYS} was expected; got ${days}`);
    }
    const ofModels = Object.keys(modelRoles).length;
    if (ofModels > MOST_MODEL_ROLES) {
      throw new BadUserInputError(
        `modelRoles: at most ${MOST_MODEL_ROLES} were expected; got ${ofModels}; give a higher role instead`,
      );
    }
    requireAbove(general, "modelRoles", modelRoles);
    const unknown = Object.keys(protocolRoles).find(
      (name) => !(PROTOCOLS as readonly string[]).includes(name),
    );
    if (unknown !== undefined) {
      throw new BadUserInputError(
        `protocolRoles: one of ${PROTOCOLS.join(", ")} was expected; got ${JSON.stringify(unknown)}`,
      );
    }
    requireAbove(general, "protocolRoles", protocolRoles);
    if (general === "none" && ofModels + Object.keys(protocolRoles).length === 0) {
      throw new BadUserInputError(
        "role: none was given, and no role for a model or a protocol: such a token could do nothing",
      );
    }
    const token = newToken();
    const created = {
      ...{ id: randomUUID(), name, role, token_sha256: hashToken(token), created_by: createdBy ?? null },
      model_roles: modelRoles,
      protocol_roles: protocolRoles,
      sees_personal: seesPersonal,
      expires_at: days === undefined ? null : sql`clock_timestamp() + make_interval(days => ${days}::int)`,
    };
    const [row] = await ask(this.db, (query) =>
      query
        .insert(apiTokens)
        .values(created)
        .onConflictDoNothing({ target: apiTokens.name, where: sql`revoked_at is null` })
        .returning(FIELDS),
    );
    if (!row) {
      throw new ConflictError(
        `a token named ${JSON.stringify(name)} is in use; revoke it first, or take another name`,
      );
    }
    return { token, row: row as ApiToken };
  }

  /**
   * A session of a person: a token that ends by itself. What ended a month ago is forgotten with it.
   * @returns the token itself, here and never again
   */
  async signIn({ name, role, modelRoles, seesPersonal }: SignedInPerson, hours: number): Promise<string> {
    const token = newToken();
    const id = randomUUID();
    await ask(this.db, (query) =>
      query.insert(apiTokens).values({
        ...{ id, name: `session:${id}`, person: name, role },
        ...{ model_roles: modelRoles, sees_personal: seesPersonal },
        ...{ token_sha256: hashToken(token), created_by: name },
        expires_at: sql`clock_timestamp() + make_interval(hours => ${hours}::int)`,
      }),
    );
    await ask(this.db, (query) => query.delete(apiTokens).where(HAS_LONG_ENDED));
    return token;
  }

  /** The session that has this token, as long as it lasts; null: it is none of a session. */
  async sessionOf(token: string): Promise<ApiToken | null> {
    const found = looksLikeToken(token) ? await this.findActiveByHash(hashToken(token)) : null;
    return found?.person ? found : null;
  }

  /** Ends the session that has this token; anything else is left as it is. */
  async signOut(token: string): Promise<void> {
    if (!looksLikeToken(token)) return;
    const isSession = isNotNull(apiTokens.person);
    await ask(this.db, (query) =>
      query
        .update(apiTokens)
        .set({ revoked_at: sql`clock_timestamp()` })
        .where(and(eq(apiTokens.token_sha256, hashToken(token)), isSession, IS_IN_USE)),
    );
  }

  /** Those in use first, then by name. */
  async list(first?: number): Promise<ApiToken[]> {
    const inUseFirst = [
      sql`${apiTokens.revoked_at} is not null`,
      asc(apiTokens.name),
      asc(apiTokens.created_at),
    ];
    return find(this.db, FIELDS, (select) => {
      const all = select.from(apiTokens).orderBy(...inUseFirst);
      return first === undefined ? all : all.limit(first);
    });
  }

  /** @throws {BadUserInputError} no token in use has this name */
  async revoke(name: string): Promise<ApiToken> {
    const [row] = await ask(this.db, (query) =>
      query
        .update(apiTokens)
        .set({ revoked_at: sql`clock_timestamp()` })
        .where(and(eq(apiTokens.name, name), IS_IN_USE))
        .returning(FIELDS),
    );
    if (row) return row as ApiToken;
    throw new BadUserInputError(
      `no token in use is named ${JSON.stringify(name)}; "asof token list" shows them`,
    );
  }

  /** The token with this hash, if it can be used now. */
  async findActiveByHash(hash: Buffer): Promise<ApiToken | null> {
    const [token] = await find(this.db, FIELDS, (select) =>
      select.from(apiTokens).where(and(eq(apiTokens.token_sha256, hash), IS_ACTIVE)),
    );
    return token ?? null;
  }

  /**
   * Remembers that a token is in use, at most once a minute. In a table of its own: a change of `api_tokens` has every
   * process ask again.
   */
  async used(id: string): Promise<void> {
    const last_used_at = sql`clock_timestamp()`;
    await ask(this.db, (query) =>
      query
        .insert(apiTokenUses)
        .values({ token_id: id, last_used_at })
        .onConflictDoUpdate({
          target: apiTokenUses.token_id,
          set: { last_used_at: sql`excluded.last_used_at` },
          setWhere: sql`${apiTokenUses.last_used_at} < excluded.last_used_at - interval '1 minute'`,
        }),
    );
  }

  /** Of these ids, those that can be used now. */
  async findActiveIds(ids: readonly string[]): Promise<Set<string>> {
    const active = await find<Pick<ApiToken, "id">>(this.db, { id: apiTokens.id }, (select) =>
      select.from(apiTokens).where(and(isAnyOf(apiTokens.id, ids), IS_ACTIVE)),
    );
    return new Set(active.map((token) => token.id));
  }

  /** `ever`: revoked and expired ones count, so that revoking the last token opens nothing. */
  async count(): Promise<{ active: number; ever: number }> {
    const [counts] = await find<{ active: number; ever: number }>(
      this.db,
      { ever: sql`count(*)::int`, active: sql`(count(*) filter (where ${IS_ACTIVE}))::int` },
      (select) => select.from(apiTokens),
    );
    return counts!;
  }
}

/** What of a token can change, and who made it; null where none has the name. */
export async function tokenState(tokens: Pick<TokenStore, "list">, name: unknown): Promise<unknown> {
  const found = (await tokens.list()).find((token) => token.name === name);
  if (!found) return null;
  const { id: _, name: __, lastUsedAt: ___, ...state } = found;
  return state;
}

function parseGivenRole(text: string): GivenRole {
  const role = GIVEN_ROLES.find((each) => each === text);
  if (role) return role;
  throw new BadUserInputError(
    `role: one of ${GIVEN_ROLES.join(", ")} was expected; got ${JSON.stringify(text)}`,
  );
}

/** A role that adds nothing is a mistake of who gives it. */
function requireAbove(role: GivenRole, argument: string, roles: Readonly<Record<string, string>>): void {
  for (const [name, given] of Object.entries(roles)) {
    const above = parseRole(given);
    if (above !== null && !roleCovers(role, above)) continue;
    throw new BadUserInputError(
      `${argument}: for ${JSON.stringify(name)} a role above ${role} was expected, one of ${ROLES.join(", ")}; got ${JSON.stringify(given)}`,
    );
  }
}
