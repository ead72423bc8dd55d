import type { Pool } from "pg";

/** An ordinary shop's tables. Nothing in them knows of Syncline. */
const tables = `
  CREATE TABLE customers (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL
  );
  CREATE TABLE products (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku    text NOT NULL UNIQUE,
    title  text NOT NULL,
    price  numeric(10, 2) NOT NULL,
    stock  integer NOT NULL,
    listed boolean NOT NULL DEFAULT true
  );
  CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    status      text NOT NULL DEFAULT 'PLACED' CHECK (status IN ('PLACED', 'PAID', 'SHIPPED')),
    total       numeric(12, 2) NOT NULL DEFAULT 0
  );
  CREATE INDEX ON orders (customer_id);
  CREATE INDEX ON orders (status, id);
  CREATE TABLE order_lines (
    order_id   bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES products,
    quantity   integer NOT NULL,
    unit_price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, product_id)
  )`;

/** What the shop has before anybody synchronises it: the first load has something to do. */
const data = `
  INSERT INTO customers (name, city)
  SELECT 'Customer ' || n, (ARRAY['Aarhus', 'Bergen', 'Cork', 'Delft', 'Évora'])[1 + n % 5] FROM generate_series(1, 200) AS n;
  INSERT INTO products (sku, title, price, stock)
  SELECT 'SKU-' || lpad(n::text, 4, '0'), 'Product ' || n, 5 + n % 90, 5000 FROM generate_series(1, 150) AS n;
  INSERT INTO orders (customer_id, status)
  SELECT 1 + n % 200, (ARRAY['PLACED', 'PAID', 'SHIPPED'])[1 + n % 3] FROM generate_series(1, 300) AS n;
  INSERT INTO order_lines (order_id, product_id, quantity, unit_price)
  SELECT o.id, p.id, 1 + o.id % 3, p.price FROM orders o JOIN products p ON p.id IN (1 + o.id % 150, 1 + (o.id * 7) % 150);
  UPDATE orders o SET total = (SELECT sum(l.quantity * l.unit_price) FROM order_lines l WHERE l.order_id = o.id);
  ANALYZE`;

export async function createShop(pool: Pool): Promise<void> {
  await pool.query(tables);
  await pool.query(data);
}
