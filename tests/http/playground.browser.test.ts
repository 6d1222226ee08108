import { existsSync } from "node:fs";
import { chromium, type Locator, type Page } from "playwright-core";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/registry/run.js";
import { endless, fakeEvent, fakeServices } from "../support/fake-services.js";
import { listen } from "./running-app.js";

const executablePath = "/usr/bin/chromium";
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The playground, opened; every address it asked for and every complaint of the browser. */
async function openPlayground(services = fakeServices()) {
  const { url } = await listen(services);
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage();
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("websocket", (socket) => requested.push(socket.url().replace(/^ws/, "http")));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${url}/graphql`);
  await page
    .locator(".graphiql-query-editor .view-lines")
    .getByText("mutation IngestJanuary")
    .first()
    .waitFor();
  return { page, browser, url, requested, complaints };
}

async function run(page: Page, operation: string): Promise<Locator> {
  await page.locator(".graphiql-query-editor .view-lines").click();
  await page.keyboard.press("Control+A");
  // An opening brace typed over a selection would be put around it.
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText(operation);
  // The tab is named after its first operation: once the name is gone, the button runs what was typed.
  await page.locator(".graphiql-tab").getByText("<untitled>").waitFor();
  await page.locator(".graphiql-execute-button").click();
  return page.locator(".graphiql-response .view-lines");
}

test.skipIf(!existsSync(executablePath))("the playground runs a query and asks no other host", async () => {
  const { page, browser, url, requested, complaints } = await openPlayground();
  try {
    const answer = await run(page, "{ health { status } }");
    await answer.getByText('"OK"').waitFor();
    expect(page.url()).toBe(`${url}/graphql`);
    expect(requested).toContain(`${url}/graphql`);
    expect(requested.filter((address) => !address.replace(/^blob:/, "").startsWith(`${url}/`))).toEqual([]);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

test.skipIf(!existsSync(executablePath))("the playground follows a subscription", async () => {
  const services = fakeServices();
  const events = endless<RunEvent>();
  services.runs.follow = () => events.iterator;
  const { page, browser, requested, url } = await openPlayground(services);
  try {
    const answer = await run(page, "subscription { runEvents { message } }");
    for (const id of [1, 2]) {
      events.push(fakeEvent(id));
      await answer.getByText(new RegExp(`event\\s${id}`)).waitFor();
    }
    expect(requested.filter((address) => !address.replace(/^blob:/, "").startsWith(`${url}/`))).toEqual([]);
  } finally {
    await browser.close();
  }
  await events.whenReturned;
});
