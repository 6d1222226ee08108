import type { Logger } from "pino";
import { Authenticator } from "../auth/authenticator.js";
import { JwtVerifier } from "../auth/jwt.js";
import { TokenStore } from "../auth/token-store.js";
import type { Notifications } from "../db/notifications.js";
import type { Pool } from "../db/pool.js";
import type { TokenService } from "../services/services.js";
import { type Config, ConfigError } from "./config.js";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** Whether only this machine reaches what listens there. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Call before `listener` starts; start what it returns after. */
export function openAuth(config: Config, pool: Pool, listener: Notifications): Authenticator {
  return new Authenticator(new TokenStore(pool), listener, {
    loopback: isLoopback(config.host),
    jwt: config.jwt && new JwtVerifier(config.jwt),
    signsIn: config.oidc !== null,
    adminToken: config.adminToken,
  });
}

/** Tokens whose changes hold for this process when they are answered; the others hear of them by NOTIFY. */
export function tokensOf(pool: Pool, auth: Authenticator): TokenService {
  const store = new TokenStore(pool);
  const thenKnown = async <T>(change: Promise<T>): Promise<T> => {
    const changed = await change;
    // What is done is done, and a secret is shown once: NOTIFY has it read again.
    await auth.tokensChanged().catch(() => {});
    return changed;
  };
  return {
    create: (token) => thenKnown(store.create(token)),
    list: (first) => store.list(first),
    revoke: (name) => thenKnown(store.revoke(name)),
    signIn: (person, hours) => thenKnown(store.signIn(person, hours)),
    sessionOf: (token) => store.sessionOf(token),
    signOut: (token) => thenKnown(store.signOut(token)),
  };
}

/**
 * Refuses to listen on an address that other machines reach while no way to authenticate is configured.
 * @throws {ConfigError} HOST is no loopback address, and there is neither a token nor a key set
 */
export async function requireGuard(config: Config, pool: Pool, logger: Logger): Promise<void> {
  if (config.jwt || config.oidc || config.adminToken) return;
  const { active, ever } = await new TokenStore(pool).count();
  if (!isLoopback(config.host) && active === 0) {
    throw new ConfigError(
      `HOST=${config.host} is reached from other machines, and there is no token that could be asked for; ` +
        'make one ("npm run asof -- token create <name> --role admin", with the same DATABASE_URL or ASOF_HOME), set ASOF_ADMIN_TOKEN, AUTH_JWKS_URL or OIDC_ISSUER, or listen on HOST=127.0.0.1',
    );
  }
  if (ever === 0 && config.cors.origins.includes("*")) {
    throw new ConfigError(
      'CORS_ORIGINS=* would let every page in a browser of this machine do everything, as no token is asked for; make one ("npm run asof -- token create <name>"), or name the origins',
    );
  }
  if (ever === 0) {
    logger.warn(
      `open: whoever reaches ${config.host} on this machine may do everything, until the first "asof token create"`,
    );
  }
}
