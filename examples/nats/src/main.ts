import { ownPostgres } from "@syncline/dev-postgres";
import { runDemo } from "./app/demo.ts";

const address = process.env.NATS_URL ?? "127.0.0.1:4222";
const server = await ownPostgres();
try {
  const url = await server.createDatabase();
  const isEqual = await runDemo(url, { address }, (line) => console.log(line));
  console.log(isEqual ? "Verified: the stream equals the database." : "The stream does not equal the database.");
  process.exitCode = isEqual ? 0 : 1;
} catch (error) {
  console.error(`${(error as Error).message}\nIs there a broker at ${address}? Start one: nats-server -js`);
  process.exitCode = 1;
} finally {
  await server.stop();
}
