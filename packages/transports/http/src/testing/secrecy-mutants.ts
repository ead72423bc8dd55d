import type { Transport } from "@syncline/core/spi";
import { bound, failing, healthy, type Invoke, type Mutant, opening } from "./mutant.ts";

export const secrecyMutants: readonly Mutant[] = [
  {
    name: "repeats the token in its message",
    create: failing((failure, { secret }) => ({ ...failure, message: `${failure.message} (sent Bearer ${secret})` })),
    caughtBy: "no secret is in an outcome or a log line, even when the downstream repeats it",
  },
  {
    name: "repeats the token, encoded, when the connection fails",
    create: failing((failure, { secret }) =>
      failure.code.startsWith("net.") ? { ...failure, message: Buffer.from(secret).toString("base64") } : failure,
    ),
    caughtBy: "no secret is in an outcome or a log line when the connection fails",
  },
  {
    name: "logs the token",
    create: (address) => {
      const transport = healthy(address);
      const open: Transport["open"] = (context) => {
        const inner = bound(transport.open(context));
        const invoke: Invoke = (call, given) => {
          context.log.debug({ headers: { authorization: `Bearer ${address.secret}` } }, "sending");
          return inner.invoke(call, given);
        };
        return { ...inner, invoke };
      };
      return { ...transport, open };
    },
    caughtBy: "no secret is in an outcome or a log line, even when the downstream repeats it",
  },
  {
    name: "shows the token with the call",
    create: opening((inner, { secret }) => ({ ...inner, describe: () => ({ authorization: `Bearer ${secret}` }) })),
    caughtBy: "no secret is in what a person is shown of the call or the transport",
  },
  {
    name: "keeps the token where printing shows it",
    create: opening((inner, { secret }) => Object.assign({ ...inner }, { credentials: { bearer: secret } })),
    caughtBy: "no secret is in what a person is shown of the call or the transport",
  },
];
