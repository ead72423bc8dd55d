import type { Level } from "../../src/api/shapes.ts";
import { visible } from "../format.ts";

const marks: { readonly [Name in Level]: string } = { ok: "●", warn: "▲", error: "■", paused: "‖" };

/** By shape and word, not by colour alone. */
export function LevelBadge({ level, why }: { readonly level: Level; readonly why: readonly string[] }) {
  return (
    <span class={`level ${level}`}>
      <span aria-hidden="true">{marks[level]}</span> {why.length === 0 ? level : visible(why.join(", "))}
    </span>
  );
}
