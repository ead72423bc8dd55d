import { describe, expect, it } from "vitest";
import { AddressGuard, isBlockedAddress, isNetwork } from "./addresses.ts";

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
      new Promise((settle) => new AddressGuard().lookup(name, { all }, (error, found) => settle(error?.code ?? found)));
    expect(await resolve("169.254.169.254")).toBe("ERR_BLOCKED_ADDRESS");
    expect(await resolve("127.0.0.1")).toEqual(all ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1");
  });
});

describe("an address policy", () => {
  const code = (policy: ConstructorParameters<typeof AddressGuard>[0], address: string) =>
    new AddressGuard(policy).refusal(address)?.code;

  it.each(["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.9", "100.64.0.1", "::1", "[fd12::1]", "::ffff:10.0.0.1"])(
    "without private networks refuses %s",
    (address) => {
      expect(code({ privateNetworks: false }, address)).toBe("ERR_DENIED_ADDRESS");
      expect(code({}, address)).toBeUndefined();
    },
  );

  it("lets public addresses in, and what is allowed in spite of it", () => {
    expect(code({ privateNetworks: false }, "93.184.215.14")).toBeUndefined();
    expect(code({ privateNetworks: false, allow: ["10.20.0.0/16"] }, "10.20.1.1")).toBeUndefined();
    expect(code({ privateNetworks: false, allow: ["10.20.0.0/16"] }, "10.21.1.1")).toBe("ERR_DENIED_ADDRESS");
    expect(code({ deny: ["93.184.0.0/16"] }, "93.184.215.14")).toBe("ERR_DENIED_ADDRESS");
  });

  it("never lets a cloud's metadata service in", () => {
    expect(code({ allow: ["169.254.0.0/16"] }, "169.254.169.254")).toBe("ERR_BLOCKED_ADDRESS");
  });

  it("judges what a name resolves to", async () => {
    const { lookup } = new AddressGuard({ privateNetworks: false });
    const found = await new Promise((settle) => lookup("localhost", {}, (error) => settle(error?.code)));
    expect(found).toBe("ERR_DENIED_ADDRESS");
  });

  it.each(["10.0.0.0/8", "10.0.0.1", "fd12::/16", "::1"])("takes %s for a network", (text) => {
    expect(isNetwork(text)).toBe(true);
  });
  it.each(["10.0.0.0/33", "fd12::/129", "10.0/8", "crm", "", "1.2.3.4/8/9", 7])("does not take %j for one", (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});
