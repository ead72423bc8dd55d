import { SynclineError } from "@syncline/core/spi";
import type { SqliteDatabase } from "./driver.ts";

/**
 * How the two connections of a session are set up, and that both are to one file. A database in
 * memory is another one for each connection: what is recorded in the application's would never be
 * seen.
 */
export function onePlace() {
  let known: string | undefined;
  const onFile = (database: SqliteDatabase): void => {
    const [main] = database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").all({}) as readonly {
      readonly file: string | null;
    }[];
    const file = main?.file ?? "";
    if (file === "")
      throw notUsable(
        "It has opened a database in memory, or a temporary one, of which each connection has its own: open a file.",
      );
    known ??= file;
    if (known !== file) throw notUsable(`It has opened ${known}, and then ${file}: each call must open the same file.`);
  };
  return {
    /**
     * WAL: who reads and who writes do not wait for each other. NORMAL: a commit waits for no disk; a machine that loses
     * its power loses the last of them at most, which then are done again.
     */
    writer: (database: SqliteDatabase): void => {
      onFile(database);
      const [mode] = database.prepare("PRAGMA journal_mode = WAL").raw().all({}) as readonly (readonly unknown[])[];
      if (String(mode?.[0]).toLowerCase() !== "wal")
        throw new SynclineError(
          "database.failed",
          `SQLite keeps this file in the journal mode ${String(mode?.[0])}, and Syncline needs WAL: it works on local disks, not on network drives.`,
        );
      database.exec("PRAGMA synchronous = NORMAL");
    },
    reader: (database: SqliteDatabase): void => {
      onFile(database);
      database.exec("PRAGMA query_only = ON");
    },
  };
}

function notUsable(message: string): SynclineError {
  return new SynclineError("config.invalid", "The options of sqlite() are not usable.", {
    problems: [{ at: "open", message }],
  });
}
