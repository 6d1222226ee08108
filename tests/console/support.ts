import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";

const executablePath = "/usr/bin/chromium";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Whether this machine has the browser. Tests of pages are skipped without it: `test.skipIf(!hasBrowser)`. */
export const hasBrowser = existsSync(executablePath);

type Scheme = "light" | "dark";

export interface ConsoleUnderTest {
  app: TestApp;
  /**
   * A page of a browser session of its own, as of a second person.
   * Complaints are what the browser's console reports, and each address of another origin.
   */
  open(scheme?: Scheme, width?: number): Promise<{ page: Page; complaints: string[] }>;
  /** A page that may ask other addresses, such as those of a proxy. */
  newPage(): Promise<Page>;
  stop(): Promise<void>;
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  });

/** A server and a browser, where there is one. */
export async function startConsole(...options: Parameters<typeof startTestApp>): Promise<ConsoleUnderTest> {
  const app = await startTestApp(...options);
  let browser: Promise<Browser> | undefined;
  /** No page outlives its test, and no browser a failure: where it hangs, the next try has one of its own. */
  async function newPage(options?: BrowserContextOptions): Promise<Page> {
    browser ??= startBrowser();
    const used = await browser;
    const page = await used.newPage(options);
    onTestFinished(async ({ task }) => {
      if (task.result?.state !== "fail") return page.close();
      browser = undefined;
      void used.close();
    });
    return page;
  }
  return {
    app,
    async open(colorScheme = "light", width = 1_440) {
      const page = await newPage({ viewport: { width, height: 900 }, colorScheme });
      return { page, complaints: complaintsOf(page, `${app.asof.address}/`) };
    },
    newPage: () => newPage(),
    async stop() {
      await (await browser)?.close();
      await app.stop();
    },
  };
}

function complaintsOf(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asks ${request.url()}`);
  });
  return complaints;
}

/** Fills the sign-in page, which must be open. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  // A page that is left at once would take the request with it.
  const answered = page.waitForResponse(
    (response) =>
      response.request().method() === "POST" && new URL(response.url()).pathname.endsWith("/session"),
  );
  await page.getByRole("button", { name: "Sign in" }).click();
  await answered;
}

/** What axe finds against WCAG 2.2 A and AA. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: any[] }> } })
      .axe.run;
    const { violations } = await run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  });
}

/**
 * A picture of the whole page, in the folder that PICTURES_DIR names; nowhere without it.
 * The name says page, scheme and width: `runs-dark-380`.
 */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES_DIR;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
