// Runs the TypeScript beside it: `node tools/check.mjs`, or parts of it: `node tools/check.mjs types lint`.
import { chdir } from "node:process";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

chdir(fileURLToPath(new URL("..", import.meta.url)));
register();
await import("./check/main.ts");
