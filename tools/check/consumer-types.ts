import { type Consumer, withConsumer } from "./consumer.ts";
import { run } from "./run.ts";

/** An application compiles against the published types, libraries checked too, under the two resolutions in use. */
export function consumerTypes(): string {
  return withConsumer("types", (consumer) => {
    writeSources(consumer);
    run("tsc", ["-p", "nodenext.json"], consumer.folder);
    run("tsc", ["-p", "bundler.json"], consumer.folder);
    return "nodenext and bundler, import and require";
  });
}

function writeSources({ write, specifiers }: Consumer): void {
  const names = specifiers.map((specifier, index) => ({ name: `entry${index}`, specifier }));
  const uses = names.map(({ name }) => `${name};\n`).join("");
  write("app.ts", names.map(({ name, specifier }) => `import * as ${name} from "${specifier}";\n`).join("") + uses);
  write("app.cts", names.map(({ name, specifier }) => `import ${name} = require("${specifier}");\n`).join("") + uses);
  const base = { strict: true, noEmit: true, target: "es2023", lib: ["es2023"], types: ["node"], skipLibCheck: false };
  write(
    "nodenext.json",
    JSON.stringify({ compilerOptions: { ...base, module: "nodenext" }, files: ["app.ts", "app.cts"] }),
  );
  write(
    "bundler.json",
    JSON.stringify({
      compilerOptions: { ...base, module: "esnext", moduleResolution: "bundler" },
      files: ["app.ts"],
    }),
  );
}
