import { loginOf } from "./login.ts";
import { runScenario } from "./scenario.ts";

async function main(): Promise<number> {
  const login = loginOf(process.env.ORACLE_URL);
  const seconds = Number(process.argv[2] ?? 12);
  if (login === undefined || !(seconds >= 1 && seconds <= 600)) {
    console.error("ORACLE_URL=oracle://user:password@host:1521/service npm run demo -w examples/oracle [-- seconds]");
    return 2;
  }
  try {
    return (await runScenario(login, seconds)) ? 0 : 1;
  } catch (error) {
    console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

process.exitCode = await main();
