import { expect, it } from "vitest";
import { LoginLimit } from "./login-limit.ts";
import { Sessions } from "./sessions.ts";
import { TokenList } from "./token-list.ts";

const hour = 3_600_000;

it("a session ends when it is not used, and at last", () => {
  let now = 0;
  const sessions = new Sessions(() => now);
  const idle = sessions.begin({ actor: "ada", role: "reader" });
  const used = sessions.begin({ actor: "ada", role: "reader" });
  for (let turn = 0; turn < 15; turn += 1) {
    now += 0.8 * hour;
    expect(sessions.find(used) === undefined, `after ${now / hour} h`).toBe(now > 12 * hour);
  }
  expect(sessions.find(idle)).toBeUndefined();
});

it("one name has 20 sessions at most, all together 1,000: the oldest end", () => {
  const sessions = new Sessions();
  const first = sessions.begin({ actor: "ada", role: "reader" });
  const others = Array.from({ length: 20 }, () => sessions.begin({ actor: "ada", role: "reader" }));
  expect(sessions.find(first)).toBeUndefined();
  expect(others.map((id) => sessions.find(id) !== undefined)).toEqual(Array(20).fill(true));
  for (let at = 0; at < 1_000; at += 1) sessions.begin({ actor: `user-${at}`, role: "reader" });
  expect(sessions.find(others[0] ?? "")).toBeUndefined();
});

it("an address that guesses waits, the others do not, and a network of IPv6 addresses is one", () => {
  let now = 0;
  const limit = new LoginLimit(() => now);
  for (let guess = 0; guess < 10; guess += 1) limit.failed(`2001:db8:1:2::${guess}`);
  expect(limit.waitMs("2001:db8:1:2::ffff")).toBeGreaterThan(0);
  expect(limit.waitMs("2001:db8:1:3::1")).toBe(0);
  now += limit.waitMs("2001:db8:1:2::ffff");
  expect(limit.waitMs("2001:db8:1:2::1")).toBe(0);
});

it("many addresses together wait as well", () => {
  let now = 0;
  const limit = new LoginLimit(() => now);
  for (let guess = 0; guess < 200; guess += 1) limit.failed(`10.0.0.${guess}`);
  expect(limit.waitMs("192.168.0.1")).toBeGreaterThan(0);
  now += 1_000;
  expect(limit.waitMs("192.168.0.1")).toBe(0);
});

it("a secret that is not there, or is too short, opens nothing and keeps no other from working", async () => {
  process.env.SYNCLINE_TEST_SHORT = "short";
  const list = new TokenList([
    { name: "gone", role: "operator", token: "env:SYNCLINE_TEST_NOT_THERE" },
    { name: "short", role: "operator", token: "env:SYNCLINE_TEST_SHORT" },
    {
      name: "broken",
      role: "operator",
      token: () => {
        throw new Error("no");
      },
    },
    { name: "ada", role: "reader", token: () => "planted-secret-of-ada" },
  ]);
  expect(await list.find("")).toBeUndefined();
  expect(await list.find("short")).toBeUndefined();
  expect(await list.find("planted-secret-of-ada")).toEqual({ actor: "ada", role: "reader" });
});
