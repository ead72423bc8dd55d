import { randomUUID } from "node:crypto";
import type { OperatorNote } from "../contracts/audit-log.ts";
import type { BacklogStatus, BacklogStore } from "../contracts/backlog-store.ts";
import type { StrandedBacklog, StrandedWork } from "../contracts/stranded-work.ts";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import type { Engine } from "../engine/engine.ts";
import { parseCondition } from "../model/condition.ts";
import { SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import { operatorRecord } from "./operator-record.ts";
import type { PipelineStatus } from "./pipeline.ts";

export interface StrandedOperatorParts {
  readonly work: () => StrandedWork | undefined;
  readonly backlog: () => BacklogStore;
  readonly store: () => StrategyStore;
  /** `undefined` until something needed one. */
  readonly engine: () => Pick<Engine, "known" | "disabled" | "strandedWatch"> | undefined;
}

/**
 * Deliveries that one transaction moves or discards: so long others may have to wait for its rows.
 */
const mostAtOnce = 1_000;

/** What operators do with deliveries of strategies that no running worker has. */
export class StrandedOperator {
  readonly #parts: StrandedOperatorParts;

  constructor(parts: StrandedOperatorParts) {
    this.#parts = parts;
  }

  async list(signal: AbortSignal): Promise<readonly StrandedBacklog[]> {
    const work = this.#parts.work();
    return work === undefined ? [] : await work.list([...(await this.#attended(work, signal))], signal);
  }

  /** Says of each strategy whether it is switched off, and whether no running worker has it. */
  async mark(found: BacklogStatus, signal: AbortSignal): Promise<PipelineStatus> {
    const off = new Set(this.#parts.engine()?.disabled);
    const strategies = found.strategies.map((each) => (off.has(each.strategy) ? { ...each, disabled: true } : each));
    return await this.#markStranded({ ...found, strategies }, signal);
  }

  async #markStranded(status: PipelineStatus, signal: AbortSignal): Promise<PipelineStatus> {
    const work = this.#parts.work();
    if (work === undefined) return status;
    const own = new Set(await this.#own(signal));
    const foreign = status.strategies.filter((each) => !own.has(each.strategy) && each.leased === 0 && holdsAny(each));
    if (foreign.length === 0) return status;
    const others = await attended(work, signal);
    const stranded = new Set(foreign.filter(({ strategy }) => !others.includes(strategy)));
    const strategies = status.strategies.map((each) => (stranded.has(each) ? { ...each, stranded: true } : each));
    return { ...status, strategies };
  }

  /** Errors: `strategy.running`, `change.invalid`, `config.invalid`. */
  async move(
    name: string,
    target: Strategy,
    withHeld: boolean,
    signal: AbortSignal,
    by?: OperatorNote,
  ): Promise<number> {
    const record = operatorRecord("move-stranded", by, name, { to: target.name, held: withHeld });
    const work = this.#needed();
    const backlog = await this.#abandoned(work, name, signal);
    if (backlog === undefined) return 0;
    const { category } = target;
    const parsed = parseCondition(category, backlog.key);
    if (!parsed.ok) {
      const message = `What "${name}" owes has keys such as ${backlog.key}, which the category "${category.name}" of "${target.name}" has not.`;
      throw new SynclineError("change.invalid", message, { problems: parsed.problems });
    }
    const to = { strategy: target.name, category: category.name };
    return await this.#inPortions(
      name,
      (most) => work.move({ strategy: name, withHeld, most }, to, signal, record),
      signal,
    );
  }

  /** Errors: `strategy.running`, `config.invalid`. */
  async discard(name: string, withHeld: boolean, signal: AbortSignal, by?: OperatorNote): Promise<number> {
    const record = operatorRecord("discard-stranded", by, name, { held: withHeld });
    const work = this.#needed();
    if ((await this.#abandoned(work, name, signal)) === undefined) return 0;
    return await this.#inPortions(
      name,
      (most) => work.discard({ strategy: name, withHeld, most }, signal, record),
      signal,
    );
  }

  async #inPortions(name: string, take: (most: number) => Promise<number>, signal: AbortSignal): Promise<number> {
    let total = 0;
    for (let taken = await take(mostAtOnce); taken > 0; taken = await take(mostAtOnce)) total += taken;
    // Paused once, it would stand in every status for ever.
    await this.#parts.backlog().resume(name, signal);
    await this.#parts.engine()?.strandedWatch.look();
    return total;
  }

  /** What there is of it; `undefined`: nothing. Errors: `strategy.running`. */
  async #abandoned(work: StrandedWork, name: string, signal: AbortSignal): Promise<StrandedBacklog | undefined> {
    const known = await this.#attended(work, signal);
    if (!known.has(name)) return (await work.list([...known], signal)).find(({ strategy }) => strategy === name);
    throw new SynclineError(
      "strategy.running",
      `A worker has the strategy "${name}", and delivers what it owes: remove it there, or stop that worker, first.`,
    );
  }

  async #attended(work: StrandedWork, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const own = await this.#own(signal);
    return new Set([...own, ...(await attended(work, signal))]);
  }

  /**
   * Of this process, which need not be started: what its stores have counts as well as what is in
   * force.
   */
  async #own(signal: AbortSignal): Promise<readonly string[]> {
    const known = this.#parts.engine()?.known;
    if (known !== undefined) return known;
    const { strategies } = await this.#parts.store().load(signal);
    return strategies.flatMap(({ definition }) => (typeof definition?.name === "string" ? [definition.name] : []));
  }

  #needed(): StrandedWork {
    const work = this.#parts.work();
    if (work !== undefined) return work;
    throw new SynclineError(
      "config.invalid",
      "The database's adapter cannot tell what is stranded: it has no strandedWork.",
    );
  }
}

/** The strategies of living workers: this one only asks. */
function attended(work: StrandedWork, signal: AbortSignal): Promise<readonly string[]> {
  return work.attend(randomUUID(), [], 0, signal);
}

function holdsAny({ due, blocked, waiting, dead, held }: BacklogStatus["strategies"][number]): boolean {
  return due + blocked + waiting + dead + held > 0;
}
