import "reflect-metadata";

export { isSynclineError, SynclineError } from "./model/errors.ts";
