import { runScenario } from "./scenario.ts";
import { serverConfig } from "./server-config.ts";

const url = process.env.SYNCLINE_SQLSERVER_URL;
if (url === undefined || url === "") {
  console.error(
    "Set SYNCLINE_SQLSERVER_URL to mssql://user:password@host:1433, with a login that may create databases.",
  );
  process.exitCode = 2;
} else {
  const wrong = await runScenario({ config: serverConfig(url), seconds: 10, say: (line) => console.log(line) });
  console.log(wrong.length === 0 ? "Verified: every downstream equals the database." : wrong.join("\n"));
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
