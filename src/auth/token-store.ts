import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Queryable } from "../db/pool.js";
import { BadUserInputError, ConflictError } from "../errors/errors.js";
import { parseRole, ROLES, type Role } from "./identity.js";

export interface ApiToken {
  id: string;
  name: string;
  role: Role;
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
  /** Absent: it lasts until it is revoked. */
  days?: number;
  /** Absent: the command line creates it. */
  createdBy?: string;
}

const COLUMNS = `id, name, role, created_at as "createdAt", created_by as "createdBy", expires_at as "expiresAt",
  revoked_at as "revokedAt", (select last_used_at from api_token_uses where token_id = id) as "lastUsedAt"`;
const NAME = /^[\w.@+-]{1,64}$/;
const TOKEN = /^asof_[\w-]{43}$/;
const LONGEST_DAYS = 3650;

/**
 * SHA-256 and no slow password hash: 256 random bits cannot be guessed, however fast the hash, and a slow one
 * would be paid by every request of a new connection.
 */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Whether the text has the form of our tokens; anything else is not worth a query. */
export const looksLikeToken = (text: string): boolean => TOKEN.test(text);

/** API tokens: only their hashes are kept. Triggers announce each change on `asof_api_tokens`. */
export class TokenStore {
  constructor(private readonly db: Queryable) {}

  /**
   * @returns the token itself, here and never again
   * @throws {BadUserInputError} name, role or days cannot be used
   * @throws {ConflictError} a token of that name is in use
   */
  async create({ name, role, days, createdBy }: NewToken): Promise<{ token: string; row: ApiToken }> {
    if (!NAME.test(name)) {
      throw new BadUserInputError(
        `name: 1 to 64 letters, digits or any of _.@+- were expected; got ${JSON.stringify(name)}`,
      );
    }
    if (parseRole(role) === null) {
      throw new BadUserInputError(
        `role: one of ${ROLES.join(", ")} was expected; got ${JSON.stringify(role)}`,
      );
    }
    if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= LONGEST_DAYS)) {
      throw new BadUserInputError(`days: a whole number from 1 to ${LONGEST_DAYS} was expected; got ${days}`);
    }
    const token = `asof_${randomBytes(32).toString("base64url")}`;
    const { rows } = await this.db.query<ApiToken>(
      `insert into api_tokens (id, name, role, token_sha256, expires_at, created_by)
       values ($1, $2, $3, $4, clock_timestamp() + make_interval(days => $5), $6)
       on conflict (name) where revoked_at is null do nothing returning ${COLUMNS}`,
      [randomUUID(), name, role, hashToken(token), days ?? null, createdBy ?? null],
    );
    if (!rows[0]) {
      throw new ConflictError(
        `a token named ${JSON.stringify(name)} is in use; revoke it first, or take another name`,
      );
    }
    return { token, row: rows[0] };
  }

  /** Those in use first, then by name. */
  async list(first?: number): Promise<ApiToken[]> {
    const { rows } = await this.db.query<ApiToken>(
      `select ${COLUMNS} from api_tokens order by revoked_at is not null, name, created_at limit $1`,
      [first ?? null],
    );
    return rows;
  }

  /** @throws {BadUserInputError} no token in use has this name */
  async revoke(name: string): Promise<ApiToken> {
    const { rows } = await this.db.query<ApiToken>(
      `update api_tokens set revoked_at = clock_timestamp() where name = $1 and revoked_at is null
       returning ${COLUMNS}`,
      [name],
    );
    if (!rows[0]) {
      throw new BadUserInputError(
        `no token in use is named ${JSON.stringify(name)}; "asof token list" shows them`,
      );
    }
    return rows[0];
  }

  /** The token with this hash, if it can be used now. */
  async findActiveByHash(hash: Buffer): Promise<ApiToken | null> {
    const { rows } = await this.db.query<ApiToken>(
      `select ${COLUMNS} from api_tokens
       where token_sha256 = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`,
      [hash],
    );
    return rows[0] ?? null;
  }

  /**
   * Remembers that a token is in use, at most once a minute. In a table of its own: a change of `api_tokens` has every
   * process ask again.
   */
  async used(id: string): Promise<void> {
    await this.db.query(
      `insert into api_token_uses (token_id, last_used_at) values ($1, clock_timestamp())
       on conflict (token_id) do update set last_used_at = excluded.last_used_at
       where api_token_uses.last_used_at < excluded.last_used_at - interval '1 minute'`,
      [id],
    );
  }

  /** Of these ids, those that can be used now. */
  async findActiveIds(ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.db.query<{ id: string }>(
      `select id from api_tokens
       where id = any($1) and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** `ever`: revoked and expired ones count, so that revoking the last token opens nothing. */
  async count(): Promise<{ active: number; ever: number }> {
    const { rows } = await this.db.query<{ active: number; ever: number }>(
      `select count(*)::int as ever, (count(*) filter (where revoked_at is null
         and (expires_at is null or expires_at > clock_timestamp())))::int as active from api_tokens`,
    );
    return rows[0]!;
  }
}
