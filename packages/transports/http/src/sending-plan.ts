import type { SyncCall } from "@syncline/core/spi";
import { problemWords, type StrategyHeaderRules } from "@syncline/core/transport-kit";
import { deleteEndpoint, type Endpoint, type SendingParts, upsertEndpoint } from "./endpoints.ts";
import { checkSending } from "./sending-checks.ts";
import type { StatusKinds } from "./status-kinds.ts";
import type { HttpStrategyOptions } from "./strategy-options.ts";

/** How a strategy's calls are sent, worked out once. */
export interface SendingPlan {
  readonly upsert: Endpoint;
  readonly delete: Endpoint;
  /** The strategy's before the downstream's. */
  readonly statusKinds: StatusKinds;
}

interface KeptPlan extends SendingParts {
  readonly plan: SendingPlan | string;
}

/** Plans by strategy. A strategy that was changed gets another plan; a sentence says why there is none. */
export class SendingPlans {
  readonly #kept = new Map<string, KeptPlan>();
  readonly #rules: StrategyHeaderRules;
  readonly #statusKinds: StatusKinds;

  constructor(rules: StrategyHeaderRules, statusKinds: StatusKinds = {}) {
    this.#rules = rules;
    this.#statusKinds = statusKinds;
  }

  of(call: SyncCall): SendingPlan | string {
    const kept = this.#kept.get(call.strategy);
    if (kept?.path === call.path && kept.method === call.method && kept.options === call.options) return kept.plan;
    const { path, method, options } = call;
    const plan = this.#make({ path, method, options });
    this.#kept.set(call.strategy, { path, method, options, plan });
    return plan;
  }

  #make(parts: SendingParts): SendingPlan | string {
    const problems = checkSending(parts, this.#rules);
    if (problems.length > 0) return problemWords(problems);
    const options = parts.options as HttpStrategyOptions;
    return {
      upsert: upsertEndpoint(parts),
      delete: deleteEndpoint(parts),
      statusKinds: { ...this.#statusKinds, ...options.statusKinds },
    };
  }
}
