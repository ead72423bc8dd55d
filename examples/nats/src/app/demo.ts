import { isDeepStrictEqual } from "node:util";
import type { NatsOptions } from "../options.ts";
import { openShelf, openShop } from "./shop.ts";

interface Broker {
  readonly address: string;
  readonly login?: { readonly user: string; readonly pass: string };
}

/** A few changes, and whether the stream's last messages are what the database says. */
export async function runDemo(databaseUrl: string, broker: Broker, print: (line: string) => void): Promise<boolean> {
  const { address: servers, login } = broker;
  const shelf = await openShelf(servers, login);
  const options: NatsOptions =
    login === undefined ? { servers } : { servers, auth: { user: login.user, password: login.pass } };
  const shop = await openShop(databaseUrl, options);
  const report = async (what: string): Promise<boolean> => {
    await shop.drain();
    const [states, expected] = [sorted(await shelf.states()), sorted(await shop.expected())];
    const isEqual = isDeepStrictEqual(states, expected);
    print(`${isEqual ? "equal" : "DIFFERENT"}: ${what}; the stream has ${states.length} orders`);
    return isEqual;
  };
  try {
    for (let id = 1; id <= 20; id++) await shop.write(id, `${id}.50`, "PAID");
    const afterPayment = await report("20 orders were paid");
    for (let total = 0; total < 30; total++) await shop.write(3, `${total}.00`, "PAID");
    await shop.write(7, "7.50", "DRAFT");
    return (await report("one was changed 30 times, another taken back")) && afterPayment;
  } finally {
    await shop.close();
    await shelf.close();
  }
}

function sorted(states: ReadonlyMap<string, string>): readonly (readonly [string, unknown])[] {
  return [...states].sort().map(([subject, text]) => [subject, JSON.parse(text)]);
}
