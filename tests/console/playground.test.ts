import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { growing } from "../../console/src/playground/growing.js";
import { endless } from "../support/fake-services.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole } from "./support.js";

describe("events as a growing list", () => {
  it("is whole each time, the newest first, and says how many came", async () => {
    const events = endless<number>();
    const lists = growing(events.iterator);
    events.push(1);
    expect((await lists.next()).value).toEqual({ events: 1, newestFirst: [1] });
    events.push(2);
    events.push(3);
    expect((await lists.next()).value).toEqual({ events: 3, newestFirst: [3, 2, 1] });
    await lists.return(undefined);
    await events.whenReturned;
  });

  it("shows the newest thousand, and ends with the events", async () => {
    async function* many() {
      for (let event = 0; event < 2_500; event++) yield event;
    }
    let last: { events: number; newestFirst: readonly number[] } | undefined;
    for await (const list of growing(many())) last = list;
    expect([last!.events, last!.newestFirst.length, last!.newestFirst[0]]).toEqual([2_500, 1_000, 2_499]);
  });

  it("fails as the events do", async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error("lost");
    }
    const lists = growing(failing());
    await expect(
      (async () => {
        for await (const _ of lists);
      })(),
    ).rejects.toThrow("lost");
  });
});

let under: ConsoleUnderTest;
let token: string;
beforeAll(async () => {
  under = await startConsole();
  const { createToken } = await under.app.client.query(
    'mutation { createToken(name: "ann", role: ADMIN) { secret } }',
  );
  token = createToken.secret;
});
afterAll(() => under?.stop());

test.skipIf(!hasBrowser)(
  "a tab for each step of the main job; what a subscription brings grows as a list, by the session of who signed in",
  async () => {
    const { app } = under;
    const ask = async (query: string) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const body = JSON.stringify({ query });
      await fetch(`${app.asof.address}/graphql`, { method: "POST", headers, body });
    };
    const { page } = await under.open("dark");
    await page.request.post(`${app.asof.address}/session`, { data: { token } });
    const query = new URLSearchParams({ query: "subscription Follow { runEvents { type runId } }" });
    await page.goto(`${app.asof.address}/graphql?${query}`);
    await page.locator(".graphiql-query-editor .view-lines").getByText("subscription Follow").waitFor();
    // What the page was opened with stands first.
    expect((await page.locator(".graphiql-tab").allInnerTexts()).map((tab) => tab.trim())).toEqual([
      ...["Follow", "IngestJanuary", "Train", "TrainAndCompare", "Promote", "Predict", "RunEvents"],
    ]);
    await page.locator(".graphiql-execute-button").click();
    const answer = page.locator(".graphiql-response .view-lines");
    const events = async () =>
      Number(/"events":\s(\d+)/.exec((await answer.allInnerTexts()).join("\n"))?.[1] ?? 0);
    const createRun = () => ask("mutation { createRun(input: {}) { id } }");
    // What happens before the server has taken the subscription is not told.
    const first = async () => {
      await createRun();
      return events();
    };
    await expect.poll(first, { timeout: 30_000, interval: 500 }).toBeGreaterThan(0);
    for (let more = 0; more < 2; more++) {
      const before = await events();
      await createRun();
      await expect.poll(events, { timeout: 30_000 }).toBeGreaterThan(before);
    }
    await picture(page, "playground-dark-1440");
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "without a session it says so, and takes a token among a tab's headers",
  async () => {
    const { page } = await under.open();
    const query = new URLSearchParams({ query: "{ viewer { actor } }" });
    await page.goto(`${under.app.asof.address}/graphql?${query}`);
    await page.locator(".graphiql-query-editor .view-lines").getByText("viewer").waitFor();
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".graphiql-response .view-lines").getByText("UNAUTHENTICATED").first().waitFor();
    await page.getByRole("button", { name: "Headers" }).click();
    await page.locator(".graphiql-editor-tool .view-lines").last().click();
    await page.keyboard.insertText(JSON.stringify({ authorization: `Bearer ${token}` }));
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".graphiql-response .view-lines").getByText("ann").first().waitFor();
    // A token is kept nowhere.
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("asof_");
    await page.close();
  },
);
