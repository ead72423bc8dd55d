import type { Transport } from "@syncline/core/spi";
import { Connection } from "./connection.ts";
import { checkSoapOptions, planRules, type SoapOptions } from "./options.ts";
import { checkSoapStrategy } from "./sending-plan.ts";
import { SoapInvoker } from "./soap-invoker.ts";

/** A downstream that is called over SOAP. No I/O until the pipeline starts. */
export function soap(options: SoapOptions): Transport {
  const connection = new Connection(options);
  return {
    specVersion: 1,
    name: "soap",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    ...(options?.limits === undefined ? {} : { limits: options.limits }),
    checkOptions: () => checkSoapOptions(options),
    prepare: (signal) => connection.prepare(signal),
    checkStrategy: (strategy) => checkSoapStrategy(strategy, connection.ownContract, planRules(options)),
    open: () => new SoapInvoker(options, connection),
  };
}
