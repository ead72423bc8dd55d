import { newClaim } from "@syncline/core/adapter-kit";
import type { Claim, RoutedDelivery } from "@syncline/core/spi";

/** A delivery of `testStrategy()` as a router makes it of one change, without a lease. */
export function testDelivery(overrides: Partial<RoutedDelivery> = {}): RoutedDelivery {
  return {
    strategy: "orders",
    key: '{"orderId":"1"}',
    ordinal: "0",
    operation: "upsert",
    firstRecordedAt: 0,
    changes: 1,
    ...overrides,
  };
}

/**
 * The first claim on `testDelivery()`, which was inserted and leased at once. Its id and revision
 * are `"1"`, its token is a UUID.
 */
export function testClaim(overrides: Partial<Claim> = {}): Claim {
  const lease = { token: "6f1c1a52-3f0e-4d0c-9a86-0d2f5f7f4a11", durationMs: 60_000 };
  return { ...newClaim(testDelivery(), "1", lease), ...overrides };
}
