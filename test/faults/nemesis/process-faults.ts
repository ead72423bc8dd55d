import { type Fault, type FaultContext, Misconduct } from "./fault.ts";
import type { FaultyWorker } from "./faulty-worker.ts";
import { pause } from "./pause.ts";

/** Within which a worker that is asked to stop must have ended: its own limit is 3 s, and the machine may be busy. */
const stopPatienceMs = 15_000;
const hourMs = 3_600_000;

/** `kill -9`, and after a while a new one in its place. */
export const killed: Fault = {
  name: "worker killed",
  async inflict(context) {
    const worker = pickWorker(context);
    await worker.kill();
    await pause(context.random.integer(0, 500), context.signal);
    await worker.start();
  },
};

/** SIGTERM. One that does not end in time, or ends badly, is an error of its own. */
export const terminated: Fault = {
  name: "worker terminated",
  async inflict(context) {
    const worker = pickWorker(context);
    if (worker.isAlive) {
      const end = await worker.terminate(stopPatienceMs);
      if (end !== 0 && end !== null) throw new Misconduct(`${worker.name} was asked to stop and ended: ${end}`);
    }
    await worker.start();
  },
};

/** SIGSTOP for longer than the lease, then SIGCONT: it comes back believing that nothing has happened. */
export const frozen: Fault = {
  name: "worker frozen",
  async inflict(context) {
    const worker = pickWorker(context);
    await worker.freeze(() => pause(worker.leaseMs + context.random.integer(100, 1_000), context.signal));
  },
};

/** The wall clock jumps by hours, twice, and is then put right. */
export const wrongClock: Fault = {
  name: "worker's clock wrong",
  async inflict(context) {
    const worker = pickWorker(context);
    for (let jump = 0; jump < 2; jump += 1) {
      worker.setClock(context.random.integer(-48, 48) * hourMs);
      await pause(context.random.integer(100, 600), context.signal);
    }
    worker.setClock(0);
  },
};

export const processFaults: readonly Fault[] = [killed, terminated, frozen, wrongClock];

function pickWorker(context: FaultContext): FaultyWorker {
  const worker = context.random.pick(context.workers);
  context.note?.(worker.name);
  return worker;
}
