import { setTimeout as delay } from "node:timers/promises";
import { forgetCustomer, moveHouse, signUp } from "./customers.ts";
import { abandonOrder, cancelOrder, changeQuantities, payOrder, placeOrder, shipOrder } from "./orders.ts";
import { addProduct, flashSale, listOrDelistProduct, raisePrices, renameProduct } from "./products.ts";
import type { Shop } from "./shop.ts";

/** What goes on in the shop, and how often. */
const business: readonly (readonly [share: number, transaction: (shop: Shop) => Promise<void>])[] = [
  [26, placeOrder],
  [20, payOrder],
  [12, shipOrder],
  [3, cancelOrder],
  [8, changeQuantities],
  [4, abandonOrder],
  [12, flashSale],
  [2, raisePrices],
  [3, renameProduct],
  [1, addProduct],
  [2, listOrDelistProduct],
  [2, signUp],
  [1, forgetCustomer],
  [4, moveHouse],
];

const allShares = business.reduce((sum, [share]) => sum + share, 0);

/** Business at several tills at once, each on a connection of its own, until the signal fires. */
export async function runTraffic(shop: Shop, tills: number, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: tills }, () => till(shop, signal)));
}

async function till(shop: Shop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await anyTransaction()(shop);
    await delay(10 + Math.random() * 20, undefined, { signal }).catch(() => {});
  }
}

function anyTransaction(): (shop: Shop) => Promise<void> {
  let point = Math.random() * allShares;
  for (const [share, transaction] of business) {
    point -= share;
    if (point < 0) return transaction;
  }
  return placeOrder;
}
