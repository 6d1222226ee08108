import { expect, it } from "vitest";
import { checkScheduling, type Machine } from "../../src/cli/doctor/scheduling.js";

const GIVE_WAY = "runs give way to requests";
const machine = (autogroup: string | null, cgroups: string, ...files: string[]): Machine => ({
  read: (path) => (path === "/proc/self/cgroup" ? cgroups : autogroup),
  exists: (path) => files.includes(path),
  mayLower: () => false,
});

it.each([
  ["without autogroups", machine("0\n", "0::/"), GIVE_WAY],
  ["on a system that has none", machine(null, ""), GIVE_WAY],
  ["in a container", machine("1\n", "0::/", "/sys/fs/cgroup/cpu.weight"), GIVE_WAY],
  [
    "in a unit with a weight",
    machine("1\n", "0::/system.slice/asof.service\n", "/sys/fs/cgroup/system.slice/asof.service/cpu.weight"),
    GIVE_WAY,
  ],
  ["in a control group of version 1", machine("1\n", "4:memory:/\n3:cpu,cpuacct:/docker/1f\n0::/"), GIVE_WAY],
])("all is well %s", (_where, at, message) => {
  expect(checkScheduling({ role: "all", databaseUrl: null }, at)).toMatchObject({
    status: "ok",
    message,
  });
});

const grouped = machine("1\n", "2:cpu:/\n0::/user.slice/session-1.scope\n");

it("warns where each session has its share, and says what to do", () => {
  for (const databaseUrl of ["postgres://u@localhost/d", "postgres://u@127.0.0.1:5433/d"]) {
    expect(checkScheduling({ role: "worker", databaseUrl }, grouped)).toEqual({
      name: "scheduling",
      status: "warning",
      message: expect.stringMatching(/^autogroups are on, and asof cannot lower .* take half/),
      remedy: expect.stringMatching(/sched_autogroup_enabled=0/),
    });
  }
});

it("knows that asof may lower processes of PostgreSQL that are its own user's, over TCP", () => {
  const own = { ...grouped, mayLower: () => true };
  for (const role of ["all", "worker"] as const) {
    for (const databaseUrl of [null, "postgres://u@localhost/d"])
      expect(checkScheduling({ role, databaseUrl }, own)).toMatchObject({
        status: "ok",
        message: expect.stringMatching(/^autogroups are on: .* give way to requests$/),
      });
    expect(checkScheduling({ role, databaseUrl: null }, grouped).status).toBe("ok");
    const bySocket = { role, databaseUrl: "postgres:///d?host=/run/postgresql" };
    expect(checkScheduling(bySocket, own).message).toMatch(/cannot lower/);
  }
});

it("has nothing to say where no runs are executed beside the database", () => {
  const elsewhere = { role: "all", databaseUrl: "postgres://u@db.example/d" } as const;
  expect(checkScheduling(elsewhere, grouped).message).toBe("PostgreSQL is on another machine");
  expect(checkScheduling({ role: "api", databaseUrl: null }, grouped).status).toBe("ok");
});
