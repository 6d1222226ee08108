import { type OidcConfig, OidcProvider } from "../../auth/oidc.js";
import { type Check, ok, warning } from "./check.js";

/** Whether people can sign in. asof starts without the provider, and tokens hold. */
export async function checkSignIn(config: OidcConfig): Promise<Check> {
  const provider = new OidcProvider(config);
  try {
    const described = (await provider.describe()).serverMetadata();
    const methods = described.code_challenge_methods_supported;
    if (methods && !methods.includes("S256")) {
      return warning(
        "sign-in",
        `${config.issuer} does not say that it takes PKCE with S256`,
        "turn PKCE on for the client, or take another provider",
      );
    }
    return ok("sign-in", `${config.issuer} answers; it must know ${provider.redirectUrl}`);
  } catch (error) {
    const { cause } = error as Error;
    return warning(
      "sign-in",
      `${(error as Error).message}${cause instanceof Error ? ` (${cause.message})` : ""}`,
      "check OIDC_ISSUER: <issuer>/.well-known/openid-configuration must answer and name the same issuer",
    );
  }
}
