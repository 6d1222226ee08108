import { timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Notifications } from "../db/notifications.js";
import { UnauthenticatedError } from "../errors/auth-errors.js";
import type { Identity } from "./identity.js";
import type { JwtVerifier } from "./jwt.js";
import { hashToken, looksLikeToken, type TokenStore } from "./token-store.js";

export interface AuthOptions {
  /** Whether the server listens where only this machine reaches it. */
  loopback: boolean;
  jwt: JwtVerifier | null;
  /** Whether people sign in at a provider. */
  signsIn: boolean;
  /** A token of role admin that the environment gives, for a first start. */
  adminToken: string | null;
}

/**
 * A net below NOTIFY, which reaches us at once: what is remembered of a token, or a JWT, is asked again. With the age of a
 * key set, and of what a socket was told, it makes the 30 s that are promised (docs/security.md).
 */
const REMEMBERED_MS = 15_000;
const REMEMBERED_TOKENS = 1_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const OPEN = {
  role: "admin",
  modelRoles: {},
  protocolRoles: {},
  seesPersonal: true,
  kind: "open",
  id: "open",
  expiresAt: null,
} as const;

interface Watched {
  identity: Identity;
  ended: (reason: string) => void;
}

/** Says who sent a request. What it learned of a token is kept in memory until any token changes. */
export class Authenticator {
  #ever = 0;
  /** Moves with every change: an answer read before it must not be remembered after it. */
  #generation = 0;
  readonly #remembered = new LRUCache<string, Identity>({ max: REMEMBERED_TOKENS, ttl: REMEMBERED_MS });
  readonly #watched = new Set<Watched>();
  readonly #adminHash: Buffer | null;

  constructor(
    private readonly tokens: TokenStore,
    listener: Notifications,
    private readonly options: AuthOptions,
  ) {
    this.#adminHash = options.adminToken ? hashToken(options.adminToken) : null;
    const changed = () => void this.tokensChanged().catch(() => {});
    listener.on("asof_api_tokens", changed);
    listener.onReconnect(changed);
  }

  /** Call once, after the listener has started. */
  async start(): Promise<void> {
    this.#ever = (await this.tokens.count()).ever;
  }

  /** Whether any client may do everything: only on a loopback address, until the first token is created. */
  get open(): boolean {
    const { loopback, jwt, signsIn } = this.options;
    return loopback && !jwt && !signsIn && !this.#adminHash && this.#ever === 0;
  }

  /**
   * @param authorization the header, or what stands for it in connection_init
   * @param claimedActor who they say they are; counts on an open server only
   * @throws {UnauthenticatedError} nothing, or nothing that holds, was sent
   */
  authenticate(authorization: string | undefined, claimedActor: string): Identity | Promise<Identity> {
    if (this.open) return { ...OPEN, actor: claimedActor };
    const token = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization ?? "")?.[1];
    if (!token) {
      throw new UnauthenticatedError(
        authorization === undefined ? "no token was sent" : "the authorization is no bearer token",
      );
    }
    const known = this.#remembered.get(token);
    if (known && !hasExpired(known)) return known;
    return this.#identify(token);
  }

  /**
   * Calls `ended` once when the identity no longer holds: revoked, expired, or no longer open.
   * @returns ends the watch
   */
  watch(identity: Identity, ended: (reason: string) => void): () => void {
    const watched: Watched = { identity, ended };
    this.#watched.add(watched);
    if (identity.expiresAt === null) return () => this.#watched.delete(watched);
    const leftMs = Math.max(0, identity.expiresAt - Date.now());
    if (leftMs > LONGEST_TIMER_MS) return () => this.#watched.delete(watched);
    const timer = setTimeout(() => this.#end(watched, "the token has expired"), leftMs);
    return () => {
      clearTimeout(timer);
      this.#watched.delete(watched);
    };
  }

  async #identify(token: string): Promise<Identity> {
    for (;;) {
      const generation = this.#generation;
      const identity = await this.#read(token);
      if (!identity) throw new UnauthenticatedError("the token is not known here, or was revoked");
      // Read before a change it may be of, and watched only after it: it is read again.
      if (generation !== this.#generation) continue;
      this.#remembered.set(token, identity);
      return identity;
    }
  }

  async #read(token: string): Promise<Identity | null> {
    const hash = hashToken(token);
    if (this.#adminHash && timingSafeEqual(hash, this.#adminHash)) {
      return { ...OPEN, actor: "admin", kind: "token", id: "environment" };
    }
    if (looksLikeToken(token)) {
      const row = await this.tokens.findActiveByHash(hash);
      if (!row) return null;
      const { id, name, person, role, modelRoles, protocolRoles, seesPersonal, expiresAt } = row;
      // No request waits or fails because of it.
      void this.tokens.used(id).catch(() => {});
      const ends = expiresAt?.getTime() ?? null;
      const grants = { role, modelRoles, protocolRoles, seesPersonal };
      return { actor: person ?? name, ...grants, kind: "token", id, expiresAt: ends };
    }
    return this.options.jwt && token.split(".").length === 3 ? this.options.jwt.verify(token) : null;
  }

  /**
   * Forgets what was remembered of tokens, and ends what no longer holds. NOTIFY has it called soon after every change;
   * who changed a token here awaits it, so that the next request of this process knows.
   */
  async tokensChanged(): Promise<void> {
    this.#generation++;
    this.#remembered.clear();
    // It only grows: of two that read it, the later answer may be the older one.
    this.#ever = Math.max(this.#ever, (await this.tokens.count()).ever);
    const stored = [...this.#watched].filter(
      ({ identity: { kind, id } }) => kind === "token" && id !== "environment",
    );
    const active = await this.tokens.findActiveIds(stored.map(({ identity }) => identity.id));
    for (const watched of stored) {
      if (!active.has(watched.identity.id)) this.#end(watched, "the token was revoked");
    }
    if (this.open) return;
    for (const watched of this.#watched) {
      if (watched.identity.kind === "open") this.#end(watched, "a token is asked for now");
    }
  }

  #end(watched: Watched, reason: string): void {
    if (this.#watched.delete(watched)) watched.ended(reason);
  }
}

const hasExpired = ({ expiresAt }: Identity): boolean => expiresAt !== null && expiresAt <= Date.now();
