// The package brings no types: what the tests use of it.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export default class Provider {
    constructor(
      issuer: string,
      configuration: {
        clients: object[];
        claims: Readonly<Record<string, readonly string[]>>;
        findAccount(
          context: unknown,
          sub: string,
        ): { accountId: string; claims(): Promise<{ sub: string }> } | undefined;
        cookies: { keys: string[] };
        features: { devInteractions: { enabled: boolean } };
      },
    );
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
