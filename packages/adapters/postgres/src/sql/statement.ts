import { createHash } from "node:crypto";

/** A statement of ours, with the name under which a connection may keep it prepared. */
export interface OwnStatement {
  /** Holds a digest of the text: two schemas or two versions may share one connection. At most 63 bytes. */
  readonly name: string;
  readonly text: string;
}

export function ownStatement(role: string, text: string): OwnStatement {
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { name: `syncline_${role}_${digest}`, text };
}
