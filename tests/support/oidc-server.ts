import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** What the provider says of somebody; the login is what they type. */
export interface Account {
  email?: string;
  email_verified?: boolean | string;
  groups?: string | string[];
}

export interface OidcServer {
  issuer: string;
  /** Each request of now on is left without an answer. */
  hang(): void;
  /** It answers again. */
  resume(): void;
  /** Nobody listens any longer. */
  stop(): Promise<void>;
}

/** A certified OpenID provider on 127.0.0.1, with its own pages to sign in and to consent. */
export async function startOidcServer(
  accounts: Readonly<Record<string, Account>>,
  client: { id: string; secret: string | null; redirectUrls: string[] },
): Promise<OidcServer> {
  let answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  let hangs = false;
  const server = createServer((request, response) => {
    if (!hangs) answer!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        redirect_uris: client.redirectUrls,
        ...(client.secret === null
          ? { token_endpoint_auth_method: "none" as const }
          : { client_secret: client.secret }),
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
    findAccount: (_context, sub) =>
      accounts[sub] && { accountId: sub, claims: async () => ({ sub, ...accounts[sub] }) },
    cookies: { keys: ["of a test alone"] },
    // Its own pages load a font from elsewhere: what signs in here needs none.
    features: { devInteractions: { enabled: true } },
  });
  answer = provider.callback();
  return {
    issuer,
    hang: () => {
      hangs = true;
    },
    resume: () => {
      hangs = false;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
