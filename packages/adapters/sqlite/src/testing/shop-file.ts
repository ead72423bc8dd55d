import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CategoryFields,
  type CategorySource,
  category,
  type DatabaseSession,
  type SourcedCategory,
} from "@syncline/core/spi";
import { afterEach, beforeEach } from "vitest";
import { sqlite } from "../adapter.ts";
import type { SqliteDatabase } from "../driver.ts";
import { openWithDriver } from "./driver.ts";

export const never = new AbortController().signal;
export const context = { log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } };

/** A file for each test, with Syncline's tables: a session on it, and the application's own connection. */
export interface ShopFile {
  folder: string;
  file: string;
  session: DatabaseSession;
  application: SqliteDatabase;
}

export function shopFile(): ShopFile {
  const shop = {} as ShopFile;
  beforeEach(async () => {
    shop.folder = mkdtempSync(join(tmpdir(), "syncline-sqlite-"));
    shop.file = join(shop.folder, "shop.db");
    shop.session = sqlite({ open: () => openWithDriver(shop.file) }).open(context);
    await shop.session.migrate(never);
    shop.application = openWithDriver(shop.file);
  });
  afterEach(async () => {
    await shop.session.close();
    shop.application.close();
    rmSync(shop.folder, { recursive: true });
  });
  return shop;
}

/** `upsert {"id":1}`, in their order; the next call tells of what comes after. */
export function recordedIn({ application }: ShopFile): readonly string[] {
  const rows = application.prepare("SELECT operation, condition FROM syncline_change ORDER BY id").all({}) as readonly {
    readonly operation: string;
    readonly condition: string;
  }[];
  application.exec("DELETE FROM syncline_change");
  return rows.map(({ operation, condition }) => `${operation} ${condition}`);
}

export function sourced(fields: CategoryFields, source: CategorySource, name = "thing"): SourcedCategory {
  return { ...category(name, fields, source), source };
}
