import type { PlannedProject } from "./sources.ts";

/** What somebody who finds the project needs to know first. */
export function readme({ tables, database, downstream }: PlannedProject): string {
  const rows = tables.map(({ category, strategy }) => `| \`${category}\` | \`${strategy}\` | \`${downstream.name}\` |`);
  const [first] = tables;
  const key = first?.fields.map(({ name }) => `${name}=…`).join(" ") ?? "";
  return `# Syncline

Keeps ${downstream.name} in step with the database.

| category | strategy | downstream |
|---|---|---|
${rows.join("\n")}

- \`syncline.config.ts\` is the pipeline, \`src/categories.ts\` says what can change, \`src/strategies.ts\` what is read of it and
  where it goes.
- \`${database.variable}\` says where the database is. It stands in \`.env\`, which is not committed; \`.env.example\` shows how.

## Work on it

\`\`\`sh
npm install
npx syncline check   # what would keep it from starting
npm run dev          # each call is shown, and nothing leaves this machine
\`\`\`

\`npm run dev\` makes Syncline's tables and the triggers that record changes. It takes what it shows for delivered: use it on a
database that no worker delivers from.

## Run it

\`\`\`sh
npx syncline migrate          # makes or upgrades Syncline's tables
${tables.map(({ category }) => `npx syncline capture install ${category}`).join("\n")}
npx syncline backfill ${first?.strategy ?? ""}   # what is there already
npm start                     # delivers until it is told to end
\`\`\`

\`npx syncline doctor\` looks at everything, \`npx syncline status\` shows what waits, \`npx syncline dead causes\` what failed and of
what, \`npx syncline explain ${first?.category ?? ""} ${key}\` why a key was, or was not, delivered.
`;
}
