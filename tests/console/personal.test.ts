import { afterAll, beforeAll, expect, test } from "vitest";
import { clinic, clinicDelivery, personalOf } from "../support/clinic.js";
import { writeDelivery } from "../support/delivery.js";
import { type ConsoleUnderTest, hasBrowser, signIn, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  under = await startConsole({ definitions: clinic(true) });
  const { app } = under;
  writeDelivery(app.dataDir, "january", clinicDelivery());
  await app.client.ingest("january", "2024-01-31");
  for (const role of ["viewer", "admin"] as const) {
    const { token } = await app.asof.services.tokens.create({ name: role, role, createdBy: "a test" });
    tokens[role] = token;
  }
});
afterAll(() => under?.stop());

test.skipIf(!hasBrowser)("a masked value is a word, not an empty one; an admin sees the value", async () => {
  const weight = /731,?001\.25/;
  for (const role of ["viewer", "admin"] as const) {
    const { page, complaints } = await under.open();
    await page.goto(`${under.app.asof.address}/patients/P001`);
    await signIn(page, tokens[role]!);
    const features = page.getByRole("table", { name: "Features" });
    await features.getByRole("row", { name: /^weight/ }).waitFor();
    const row = await features.getByRole("row", { name: /^weight/ }).innerText();
    const text = await page.locator("main").innerText();
    if (role === "viewer") {
      expect(row).toMatch(/weight\s+masked\s+Masked\s+2024-01-31/i);
      expect(text).not.toMatch(weight);
      expect(text).not.toContain(personalOf(1).nickname);
      // As its source has it: the row's own columns.
      expect(text).toMatch(/nickname\s+masked/);
      expect(await violations(page)).toEqual([]);
    } else {
      expect(row).toMatch(weight);
      expect(text).not.toMatch(/\bmasked\b/i);
    }
    // Before the token is sent the first question is refused.
    expect(complaints.filter((each) => !each.includes("401"))).toEqual([]);
    await page.close();
  }
});
