import { afterAll, beforeAll, expect, test } from "vitest";
import type { OidcConfig } from "../../src/auth/oidc.js";
import { type OidcServer, startOidcServer } from "../support/oidc-server.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

let provider: OidcServer;
let site: ConsoleUnderTest;
const oidc: OidcConfig = {
  issuer: "",
  clientId: "asof",
  clientSecret: null,
  publicUrl: "",
  scopes: "openid profile email",
  nameClaim: "email",
  trustsEmail: false,
  roleClaim: "groups",
  modelGrants: [{ model: "churn", role: "operator", group: "churn" }],
  grants: { admin: ["ml-leads"], operator: [], viewer: [], personal: [] },
  sessionHours: 8,
};

beforeAll(async () => {
  if (!hasBrowser) return;
  // Its port is known once it listens: what reads the configuration later reads the address that is put there.
  site = await startConsole({ role: "api", config: { oidc } });
  oidc.publicUrl = site.app.asof.address;
  provider = await startOidcServer(
    {
      lea: { email: "lea@example.com", email_verified: true, groups: ["ml-leads"] },
      guest: { email: "guest@example.com", email_verified: true, groups: [] },
    },
    { id: oidc.clientId, secret: null, redirectUrls: [`${oidc.publicUrl}/session/callback`] },
  );
  oidc.issuer = provider.issuer;
});
afterAll(async () => {
  await site?.stop();
  await provider?.stop();
});

type Page = Awaited<ReturnType<ConsoleUnderTest["newPage"]>>;

async function throughProvider(page: Page, login: string): Promise<void> {
  await page.getByRole("link", { name: `Sign in at ${new URL(provider.issuer).host}` }).click();
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test.skipIf(!hasBrowser)(
  "who signs in at the provider comes back to the page they asked for, and signs out",
  async () => {
    const page = await site.newPage();
    await page.goto(`${oidc.publicUrl}/access`);
    await page.getByRole("heading", { name: "Sign in to asof" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "sign-in-provider");
    await throughProvider(page, "lea");
    await page.getByRole("heading", { name: "Access" }).waitFor();
    expect(page.url()).toBe(`${oidc.publicUrl}/access`);
    await page.getByRole("cell", { name: "lea@example.com, signed in" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Signed in as lea@example.com" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to asof" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Sign in to asof" }).waitFor();
    expect(await site.app.sql("select person from api_tokens where revoked_at is null")).toEqual([]);
  },
);

test.skipIf(!hasBrowser)("who has no role is told so, and may use a token", async () => {
  const page = await site.newPage();
  await page.goto(oidc.publicUrl);
  await throughProvider(page, "guest");
  await page.getByText("none of your groups has a role here").waitFor();
  expect(await page.getByLabel("Token").isVisible()).toBe(true);
  // In words of ours alone.
  await page.goto(`${oidc.publicUrl}/?signIn=Call+555-0100+now`);
  await page.getByRole("heading", { name: "Sign in to asof" }).waitFor();
  expect(await page.getByText("555").count()).toBe(0);
});
