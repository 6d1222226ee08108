import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { BUILD } from "../support/build.js";
import { asof } from "../support/cli.js";
import { createMigratedDatabase } from "../support/database.js";

it("starts a server that stops by its own rules", async () => {
  const database = await createMigratedDatabase();
  const child = spawn(process.execPath, [`${BUILD}/cli/main.js`, "start"], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "info",
      SHUTDOWN_DRAIN_MS: "0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
        if (found) resolve(found);
      });
    });
    expect((await asof(["health"], { ASOF_URL: address })).out).toMatch(/^status +/);
    const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve([code, signal])));
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
    await database.drop();
  }
});
