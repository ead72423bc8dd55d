/** What a file can name. Whatever else there is needs code. */
export const adapterNames = ["postgres", "mariadb", "sqlite", "sqlserver", "oracle"] as const;
export const transportNames = ["http", "grpc", "soap"] as const;

/** What createPipeline takes that is data; the others are code. */
export const optionNames = [
  "database",
  "downstreams",
  "files",
  "categories",
  "strategyTable",
  "categoryTable",
  "redactKeys",
  "tuning",
] as const;

/** Why an option of createPipeline cannot stand in a file. */
export const needCode: { readonly [option: string]: string } = {
  strategies: "Strategies stand in files of their own (`files: syncline`), in the table, or in code",
  stores: "Stores of your own are code; folders of definitions are `files`",
  plugins: "Plugins are code",
  schedule: "A schedule is code",
  log: "A logger is code",
  trace: "It is a function",
};
