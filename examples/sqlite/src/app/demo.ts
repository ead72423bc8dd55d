import { isDeepStrictEqual } from "node:util";
import { openShop } from "./shop.ts";
import { openWarehouse } from "./warehouse.ts";

/** A few changes, and whether the downstream has what the database says. `file` must not exist yet. */
export async function runDemo(file: string, print: (line: string) => void): Promise<boolean> {
  const warehouse = await openWarehouse();
  const shop = await openShop(file, warehouse.address);
  const report = async (what: string): Promise<boolean> => {
    await shop.drain();
    const isEqual = isDeepStrictEqual(parsed(warehouse.books), parsed(shop.expected()));
    print(`${isEqual ? "equal" : "DIFFERENT"}: ${what}; the warehouse has ${warehouse.books.size} orders`);
    return isEqual;
  };
  try {
    for (let id = 1; id <= 20; id++) shop.pay(id, (id % 2) + 1, `${id}.50`);
    const afterPayment = await report("20 orders were paid");
    shop.cancel(7);
    shop.rename(2, "Grace Hopper");
    const afterChanges = await report("one was cancelled, and a customer has another name");
    try {
      shop.pay(7, 1, "0.00");
    } catch (error) {
      print(`rolled back, with what was recorded: ${(error as Error).message}`);
    }
    return (await report("nothing changed")) && afterPayment && afterChanges;
  } finally {
    await shop.close();
    warehouse.close();
  }
}

function parsed(documents: ReadonlyMap<string, string>): ReadonlyMap<string, unknown> {
  return new Map([...documents].map(([path, text]) => [path, JSON.parse(text)]).sort() as [string, unknown][]);
}
