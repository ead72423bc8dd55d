import { checkBoundaries } from "../boundaries/check-boundaries.ts";
import { show } from "../boundaries/violation.ts";
import { root } from "../workspaces.ts";
import { failIfAny } from "./run.ts";

export function boundaries(): string {
  failIfAny(checkBoundaries(root).map(show));
  return "";
}
