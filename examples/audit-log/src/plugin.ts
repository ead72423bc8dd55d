import { type Plugin, TOKENS } from "@syncline/core";
import type { Logger, Outcome, SyncInvoker } from "@syncline/core/spi";
import { ContainerModule } from "inversify";
import type { AuditTrail } from "./audit-trail.ts";

/** Wraps the invoker of every downstream, whatever its transport, so that no call goes unrecorded. */
export function auditLog(trail: AuditTrail): Plugin {
  return {
    specVersion: 1,
    name: "audit-log",
    module: new ContainerModule(({ onActivation }) => {
      onActivation(TOKENS.SyncInvoker, ({ get }, inner) => audited(inner, trail, get(TOKENS.Logger)));
    }),
  };
}

/** Nothing was sent, and no item is to blame: the lane waits and tries again, as with a downstream that is away. */
const notAudited: Outcome = {
  status: "failed",
  failure: {
    kind: "unavailable",
    code: "audit.unavailable",
    message: "The audit log could not be written.",
    effect: "no",
  },
};

export function audited(inner: SyncInvoker, trail: AuditTrail, log: Logger): SyncInvoker {
  return {
    ...otherMembers(inner),
    async invoke(call, context) {
      const entries = await trail.began(call).catch((error: unknown) => {
        log.error({ error, strategy: call.strategy }, "the audit log could not be written; nothing is sent");
      });
      if (entries === undefined) return notAudited;
      const outcome = await inner.invoke(call, context);
      // The call has been made: that its outcome is not known to the audit must not make Syncline call again.
      await trail.ended(entries, outcome).catch((error: unknown) => {
        log.error(
          { error, strategy: call.strategy, outcome: outcome.status },
          "an outcome is missing in the audit log",
        );
      });
      return outcome;
    },
  };
}

/** A wrapper owes what it wraps: without `close`, sockets stay open; `describe` serves previews. */
function otherMembers(inner: SyncInvoker): Omit<SyncInvoker, "invoke"> {
  return {
    ...(inner.check && { check: inner.check.bind(inner) }),
    ...(inner.describe && { describe: inner.describe.bind(inner) }),
    ...(inner.close && { close: inner.close.bind(inner) }),
  };
}
