export { definitionText } from "./definition-text.ts";
export { files } from "./files.ts";
export { type FolderDefinition, type FolderDefinitions, readDefinitions } from "./folder-definitions.ts";
export type { FilesOptions } from "./options.ts";
export { type FileProblem, type ParsedDefinition, type ParsedFile, parseDefinitions } from "./parse-definitions.ts";
