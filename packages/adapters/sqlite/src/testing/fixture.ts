import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseFixture, EarlierSchema, SourceTable } from "@syncline/testkit";
import { sqlite } from "../adapter.ts";
import type { SqliteDatabase } from "../driver.ts";
import type { SqliteTransaction } from "../recorder.ts";
import { openStore } from "../store.ts";
import { migrations, migratorOf } from "../tables.ts";

const context = { log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } };

/** A file of its own for each check. `open` opens a connection with some driver. */
export function sqliteFixture(open: (file: string) => SqliteDatabase): DatabaseFixture<SqliteTransaction> {
  const folder = mkdtempSync(join(tmpdir(), "syncline-sqlite-"));
  const file = join(folder, "shop.db");
  const adapter = sqlite({ open: () => open(file) });
  const application = open(file);
  application.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE item (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, label TEXT)",
  );
  return {
    adapter,
    session: adapter.open(context),
    begin: async () => {
      const tx = open(file);
      tx.exec("BEGIN IMMEDIATE");
      const end = async (word: "COMMIT" | "ROLLBACK") => {
        tx.exec(word);
        tx.close();
      };
      return { tx, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") };
    },
    source: sourceTable(application),
    templates: {
      failing: `SELECT json(i.label) AS "label" FROM item i WHERE i.id = :id`,
      writing: [
        "DELETE FROM item",
        "DELETE FROM item RETURNING id",
        "COMMIT; DELETE FROM item",
        "SELECT 1; DELETE FROM item",
        "SELECT 1) x; COMMIT; DELETE FROM item; SELECT (1",
        "PRAGMA query_only = OFF",
        "WITH gone AS (SELECT id FROM item) DELETE FROM item WHERE id IN gone",
        "ATTACH ':memory:' AS other",
      ],
    },
    openSession: async () => adapter.open(context),
    strategies: {
      put: async ({ name, ...definition }) => {
        const text = `INSERT INTO syncline_strategy (name, definition) VALUES (@name, @definition)
          ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`;
        application.prepare(text).run({ name, definition: JSON.stringify(definition) });
      },
      remove: async (name) => {
        application.prepare("DELETE FROM syncline_strategy WHERE name = @name").run({ name });
      },
    },
    earlierSchemas: async () => {
      const earlier: EarlierSchema[] = [];
      for (let version = 1; version < migrations.length; version += 1) {
        const place = join(folder, `v${version}.db`);
        const store = openStore(
          () => open(place),
          () => {},
          5_000,
        );
        await migratorOf(store, migrations.slice(0, version)).migrate(new AbortController().signal);
        store.close();
        const session = sqlite({ open: () => open(place) }).open(context);
        earlier.push({ name: `version ${version}`, session });
      }
      return earlier;
    },
    openAnew: async () => sqlite({ open: () => open(join(folder, "anew.db")) }).open(context),
    close: async () => {
      application.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function sourceTable(application: SqliteDatabase): SourceTable {
  return {
    name: "item",
    captureName: "item",
    put: async (rows) => {
      const text = `INSERT OR REPLACE INTO item
        SELECT value ->> 'id', value ->> 'owner', value ->> 'label' FROM json_each(@rows)`;
      application.prepare(text).run({ rows: JSON.stringify(rows) });
    },
    remove: async (ids) => {
      application
        .prepare("DELETE FROM item WHERE id IN (SELECT value FROM json_each(@ids))")
        .run({ ids: JSON.stringify(ids) });
    },
  };
}
