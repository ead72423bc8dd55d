import { describe, expect, it } from "vitest";
import { guardedLookup, isBlockedAddress } from "./blocked-addresses.ts";

describe("a cloud metadata address", () => {
  it.each([
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "::ffff:a9fe:a9fe",
    "fd00:ec2::254",
    "64:ff9b::a9fe:a9fe",
    "fe80::a9fe:a9fe%eth0",
  ])("is %s", (address) => {
    expect(isBlockedAddress(address)).toBe(true);
  });

  it.each(["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1", "crm.example.com", ""])("is not %j", (address) => {
    expect(isBlockedAddress(address)).toBe(false);
  });

  it.each([true, false])("is refused when it is what a name resolves to (all: %s)", async (all) => {
    const resolve = (name: string) =>
      new Promise((settle) => guardedLookup(name, { all }, (error, found) => settle(error?.code ?? found)));
    expect(await resolve("169.254.169.254")).toBe("ERR_BLOCKED_ADDRESS");
    expect(await resolve("127.0.0.1")).toEqual(all ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1");
  });
});
