import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChangeScan } from "./change-scan.ts";
import { FullScans } from "./full-scans.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a scan that is short is always a full one; a long one comes again after twenty times as long", () => {
  const scans = new FullScans();
  expect(scans.isDue()).toBe(true);
  scans.took(3);
  expect(scans.isDue()).toBe(true);
  scans.took(50);
  vi.advanceTimersByTime(999);
  expect(scans.isDue()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(scans.isDue()).toBe(true);
});

test("a scan of changes begins behind what was gone through a second ago, and not sooner", () => {
  const scan = new ChangeScan();
  const go = (goneThrough: bigint, tookMs = 0) => {
    const pass = scan.begin();
    pass.goneThrough = goneThrough;
    pass.tookMs = tookMs;
    scan.end(pass);
  };
  go(10n, 5_000);
  expect(scan.begin()).toMatchObject({ isFull: false, after: "0" });
  vi.advanceTimersByTime(1_000);
  go(20n);
  expect(scan.begin().after).toBe("10");
  vi.advanceTimersByTime(999);
  go(30n);
  expect(scan.begin().after).toBe("10");
  vi.advanceTimersByTime(1);
  go(40n);
  expect(scan.begin().after).toBe("20");
  vi.advanceTimersByTime(98_000);
  expect(scan.begin()).toMatchObject({ isFull: true, after: "0" });
});
