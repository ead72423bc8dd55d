import { expect, test } from "vitest";
import { never, wireSession } from "./testing/wire/wire-session.ts";

const rows = (type: string, ...values: readonly (readonly unknown[])[]) => ({
  results: [
    { columns: (values[0] ?? [0]).map((_, at) => ({ name: "", type: at === 0 ? type : "int" })), rows: values },
  ],
});

test("what the reading login may do beyond reading is told, each with its weight", async () => {
  const { session } = await wireSession({
    "login-name": rows("nvarchar(128)", ["reader"]),
    "held-rights": rows("varchar(30)", ["CONTROL SERVER"], ["VIEW SERVER STATE"]),
    "writable-tables": rows("nvarchar(257)", ["dbo.orders", 7]),
  });
  const found = (await session.reviewRights?.(never)) ?? [];
  expect(found.map(({ severity, right }) => `${severity}: ${right}`)).toEqual([
    "danger: Syncline's own login, reader",
    "danger: CONTROL SERVER",
    "notice: VIEW SERVER STATE",
    "danger: INSERT, UPDATE or DELETE on dbo.orders and 6 more",
  ]);
});

test("who blocks is named, without what he runs", async () => {
  const line = ["52", "4711", "dispatcher", "editor", "SSMS", "10.0.0.7", "sleeping", "1764460800000"];
  const types = [
    "nvarchar(20)",
    "nvarchar(30)",
    "nvarchar(128)",
    "nvarchar(128)",
    "nvarchar(128)",
    "varchar(48)",
    "nvarchar(30)",
    "bigint",
  ];
  const { session } = await wireSession({
    blockers: { results: [{ columns: types.map((type) => ({ name: "", type })), rows: [line] }] },
  });
  expect(await session.poller.blockers?.(never)).toEqual({
    sessions: [
      {
        session: "session 52",
        transaction: "4711",
        holds: "locks on dispatcher",
        role: "editor",
        application: "SSMS",
        address: "10.0.0.7",
        state: "sleeping",
        since: 1_764_460_800_000,
      },
    ],
  });
});

test.each([300, 297, 262])(
  "a login that may not see who blocks says which right it lacks (error %i)",
  async (number) => {
    const error = { number, message: "VIEW SERVER STATE permission was denied." };
    const { session } = await wireSession({ blockers: { error } });
    const found = await session.poller.blockers?.(never);
    expect(found?.hidden).toContain("VIEW SERVER STATE");
    // Nobody would mean that nothing is in the way.
    expect(found?.sessions).toHaveLength(1);
  },
);
