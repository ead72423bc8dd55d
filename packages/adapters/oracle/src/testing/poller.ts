import { createLeases } from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import type { Connections } from "../connections.ts";
import { dispatchWith } from "../dispatch.ts";
import { leaseStatements } from "../lease-statements.ts";
import type { Place } from "../sql/names.ts";
import { driverOn } from "../sql-driver.ts";

/** As the adapter puts it together. */
export function pollerWith(connections: Connections, place: Place): Poller {
  const driver = driverOn(connections);
  return { dispatch: dispatchWith(driver, connections, place), ...createLeases(driver, leaseStatements(place)) };
}
