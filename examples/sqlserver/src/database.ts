import { captureTrigger } from "@syncline/sqlserver";
import sql from "mssql";
import { customer } from "./dictionary.ts";

/** A database of the demo's own. Disposing it drops it. */
export interface ShopDatabase extends AsyncDisposable {
  readonly pool: sql.ConnectionPool;
}

const tables = `
  CREATE TABLE customers (id bigint IDENTITY PRIMARY KEY, name nvarchar(100) NOT NULL, city nvarchar(100) NOT NULL);
  CREATE TABLE products (
    id bigint IDENTITY PRIMARY KEY, sku varchar(40) NOT NULL UNIQUE, title nvarchar(100) NOT NULL,
    price decimal(10, 2) NOT NULL, stock int NOT NULL, listed bit NOT NULL DEFAULT 1);
  CREATE TABLE orders (
    id bigint IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id),
    status varchar(10) NOT NULL DEFAULT 'PLACED', total decimal(12, 2) NOT NULL);
  CREATE INDEX orders_customer ON orders (customer_id);
  CREATE INDEX orders_status ON orders (status, id);`;

const data = `
  INSERT INTO customers (name, city)
  SELECT TOP (60) CONCAT('Customer ', n), CHOOSE(1 + n % 3, N'Aarhus', N'Bergen', N'Évora') FROM numbers;
  INSERT INTO products (sku, title, price, stock)
  SELECT TOP (50) CONCAT('SKU-', n), CONCAT('Product ', n), 5 + n % 40, 5000 FROM numbers;
  INSERT INTO orders (customer_id, status, total)
  SELECT TOP (90) 1 + n % 60, CHOOSE(1 + n % 3, 'PLACED', 'PAID', 'SHIPPED'), 10 + n FROM numbers;`;

const numbers = `
  CREATE TABLE numbers (n int PRIMARY KEY);
  INSERT INTO numbers (n) SELECT CAST([key] AS int) + 1 FROM OPENJSON('[${Array(100).fill(0).join()}]');`;

export async function openShopDatabase(config: sql.config): Promise<ShopDatabase> {
  const name = `syncline_shop_${Math.random().toString(36).slice(2, 8)}`;
  await onMaster(config, [
    `CREATE DATABASE ${name}`,
    // Strategies' queries read in a snapshot.
    `IF (SELECT snapshot_isolation_state FROM sys.databases WHERE name = '${name}') = 0
       EXEC('ALTER DATABASE ${name} SET ALLOW_SNAPSHOT_ISOLATION ON')`,
  ]);
  const pool = new sql.ConnectionPool({ ...config, database: name, pool: { max: 20 } });
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on("error", () => {});
  await pool.connect();
  for (const batch of [tables, numbers, data]) await pool.batch(batch);
  return {
    pool,
    [Symbol.asyncDispose]: async () => {
      await pool.close();
      await onMaster(config, [`DROP DATABASE ${name}`]);
    },
  };
}

/** Whoever changes a customer, from now on it is recorded. Needs Syncline's tables. */
export async function captureCustomers(pool: sql.ConnectionPool): Promise<void> {
  await pool.batch(captureTrigger({ table: "customers", category: customer, columns: { customerId: "id" } }));
}

async function onMaster(config: sql.config, statements: readonly string[]): Promise<void> {
  const master = await new sql.ConnectionPool({ ...config, database: "master" }).connect();
  try {
    for (const statement of statements) await master.batch(statement);
  } finally {
    await master.close();
  }
}
