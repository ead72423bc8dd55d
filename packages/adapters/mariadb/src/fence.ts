import { SynclineError } from "@syncline/core/spi";

/** What a connection is asked by. */
export interface AskedConnection {
  query(text: string): Promise<readonly (readonly unknown[])[]>;
}

const whichServer = "SELECT CONCAT_WS('/', @@hostname, @@port, @@server_id), @@read_only";

/**
 * Throws where a read is served by another server than the changes are on, or by one that cannot be
 * written: a replica, behind a proxy that sends reads elsewhere or by a connection string of its
 * own. A row that it does not have yet would be told as deleted.
 *
 * @param primary asks the server of the changes; asked again where it has another name by now.
 */
export function createFence(
  primary: () => Promise<readonly (readonly unknown[])[]>,
): (reading: AskedConnection) => Promise<void> {
  let known: string | undefined;
  const nameOfPrimary = async () => {
    const [row] = await primary();
    known = String(row?.[0]);
    return known;
  };
  return async (reading) => {
    const [[name, isReadOnly] = []] = await reading.query(whichServer);
    if (Number(isReadOnly) !== 0) throw staleError("it is read-only, as a replica is");
    if (name === known || name === (await nameOfPrimary())) return;
    throw staleError("it is another one than that of the changes");
  };
}

export function askWhichServer(connection: AskedConnection): Promise<readonly (readonly unknown[])[]> {
  return connection.query(whichServer);
}

function staleError(why: string): SynclineError {
  const message =
    `The server that strategies' queries are read from may be behind: ${why}. Living rows could be told as deleted. ` +
    'Read from the primary, without a proxy that sends reads elsewhere; or accept it with mariadb({ query: { staleReads: "allow" } }).';
  return new SynclineError("database.unavailable", message, { needsPerson: true });
}
