import { expect, test } from "vitest";
import { hasBrowser, picture, startBrowser, violations } from "../console/support.js";
import { listen } from "./running-app.js";

const LOOKS = [
  ["light", 1_280],
  ["dark", 380],
] as const;

test.skipIf(!hasBrowser).each(LOOKS)(
  "the page of the document, %s, %i px: axe finds nothing, nothing is loaded, nothing overflows",
  async (colorScheme, width) => {
    const { url } = await listen();
    const browser = await startBrowser();
    try {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const complaints: string[] = [];
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      page.on("request", (request) => complaints.push(request.url()));
      await page.goto(`${url}/openapi`);
      expect(await violations(page)).toEqual([]);
      await page.getByRole("link", { name: "POST /predict" }).click();
      await page.getByRole("heading", { name: "POST /predict" }).waitFor();
      expect(await page.getByRole("cell", { name: "user_id", exact: true }).count()).toBeGreaterThan(0);
      expect(complaints).toEqual([`${url}/openapi`]);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow).toBeLessThanOrEqual(0);
      await picture(page, `openapi-${colorScheme}-${width}`);
    } finally {
      await browser.close();
    }
  },
);
