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
    "[::ffff:a9fe:a9fe]",
    "::FFFF:A9FE:A9FE",
    "0:0:0:0:0:ffff:169.254.169.254",
    "::169.254.169.254",
    "::ffff:0:a9fe:a9fe",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1:0:a9:fea9:fe00::",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:808:808:0:0:5601:5601",
    "2400::5efe:a9fe:a9fe",
    "fd12::200:5efe:a9fe:a9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0XA9FEA9FE",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "169.254.169.254.",
    "１６９.254.169.254",
    "169。254。169。254",
    "168.63.129.16",
    "100.100.100.200",
    "169.254.0.23",
    "192.0.0.192",
    "169.254.42.42",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
  ])("is %s", (address) => {
    expect(isBlockedAddress(address)).toBe(true);
  });

  it.each([
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "::1",
    "fd12::1",
    "crm.example.com",
    "",
    "a b",
    "a/169.254.169.254",
    "169.254.169.254.example",
    "2002:808:808::1",
    "::",
    "::2",
  ])("is not %j", (address) => {
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

  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "0",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "127.0.0.1.",
    "169.254.1.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::a00:1",
    "::ffff:7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "3fff:fff::1",
    "5f00::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "2400:cb00::5efe:a00:1",
  ])("without private networks refuses %s, which is not the Internet's", (address) => {
    expect(code({ privateNetworks: false }, address)).toBe("ERR_DENIED_ADDRESS");
    expect(code({ privateNetworks: false, allow: ["0.0.0.0/0", "::/0"] }, address)).toBeUndefined();
  });

  it.each([
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700::1",
    "64:ff9b::808:808",
    "3fff:1000::1",
  ])("without private networks lets %s in", (address) =>
    expect(code({ privateNetworks: false }, address)).toBeUndefined(),
  );

  it.each([
    "169.254.1.1",
    "[fe80::1]",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "::ffff:169.254.1.1",
    "2002:a9fe:101::",
  ])("refuses %s by default, and lets it in where it is allowed", (address) => {
    expect(code({}, address)).toBe("ERR_DENIED_ADDRESS");
    expect(code({ allow: ["169.254.0.0/16", "fe80::/10", "224.0.0.0/3", "ff00::/8"] }, address)).toBeUndefined();
  });

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
