/**
 * Strategies, deliveries, claims and calls for unit tests, each with all that it has but what a
 * test says of it.
 */
export { testCall, testItem } from "./makers/test-call.ts";
export { testClaim, testDelivery } from "./makers/test-delivery.ts";
export { type StrategyOverrides, testStrategy } from "./makers/test-strategy.ts";
