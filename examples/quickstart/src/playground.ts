import type { Services } from "./services/services.ts";
import type { ShopDatabase } from "./shop/database.ts";

/** What a person can try while everything runs. */
export function howToPlay({ psql }: ShopDatabase, { addresses }: Services): string {
  return `
Everything is still running, without traffic. Change something, and look where it arrives:

${psql} <<'SQL'
  BEGIN;
  UPDATE customers SET city = 'Lisbon' WHERE id = 7;
  SELECT syncline.record_change('customer', '{"customerId": 7}');
  COMMIT;
SQL
curl ${addresses.billing.page}/customers/7

What else there is:

curl ${addresses.warehouse.page}/          # how much each service has: also ${addresses.search.page}/
curl ${addresses.search.page}/orders/200   # came with the strategy row
SELECT name, enabled FROM syncline.strategy;       -- a row is a downstream: UPDATE … SET enabled = false switches it off, and keeps its keys
SELECT strategy, key, state, attempts FROM syncline.delivery;   -- empty when all is delivered

Ctrl-C ends it and leaves nothing behind.`;
}
