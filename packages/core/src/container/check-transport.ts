import type { Transport } from "../contracts/transport.ts";
import type { Faults } from "../engine/guard/faults.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { type Check, isFields, isFunction, isLimits, isSwitch, isText } from "../transport-kit/checks.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";
import { askProblems, type ForeignProblems, judged, problemsOf } from "./foreign-problems.ts";

/** What one downstream's transport is worth. */
export interface TransportCheck {
  /** Places are of the whole pipeline: `downstreams.crm.baseUrl`. */
  readonly problems: readonly Problem[];
  /** Whether it can be asked about strategies, and opened. */
  readonly isUsable: boolean;
  /** It answered all that it was asked: it need not be asked again. */
  readonly isFinal: boolean;
}

/** How long a transport may take to notice that its time is over. */
const graceMs = 500;

/** Its form first, then what it says of its own options and files. */
export async function checkTransport(
  name: string,
  transport: Transport,
  faults: Faults,
  signal: AbortSignal,
): Promise<TransportCheck> {
  const part = `downstream ${name}`;
  const form = askProblems({ part, member: "capabilities", faults }, () => formProblems(transport));
  if (!form.answered) return failed(name, "", form.bug);
  if (form.problems.length > 0) return { problems: at(name, "", form.problems), isUsable: false, isFinal: true };
  const options = askProblems({ part, member: "checkOptions", faults }, () =>
    transport.checkOptions === undefined ? [] : transport.checkOptions(),
  );
  if (!options.answered) return failed(name, "checkOptions", options.bug);
  const limits = options.problems.length > 0 ? [] : limitProblems(transport);
  const wrong = [...options.problems, ...limits];
  if (wrong.length > 0) return { problems: at(name, "", wrong), isUsable: false, isFinal: true };
  const files = await prepare(part, transport, faults, signal);
  if (!files.answered) return failed(name, "prepare", files.bug);
  return { problems: at(name, "", files.problems), isUsable: true, isFinal: true };
}

function failed(name: string, member: string, bug: string): TransportCheck {
  return { problems: at(name, member, [{ at: "", message: bug }]), isUsable: false, isFinal: false };
}

async function prepare(
  part: string,
  transport: Transport,
  faults: Faults,
  signal: AbortSignal,
): Promise<ForeignProblems> {
  const asked = { part, member: "prepare", faults };
  if (transport.prepare === undefined) return { answered: true, problems: [] };
  try {
    const answered = Promise.resolve(transport.prepare(signal)).then((answer: unknown) => ({ answer }));
    const given = await unlessAborted(answered, delayed(signal, graceMs));
    return judged(asked, () => {
      if (given === undefined) throw new SynclineError("operation.aborted", "it went on after its signal had fired");
      return problemsOf(given.answer);
    });
  } catch (error) {
    return judged(asked, () => {
      throw error;
    });
  }
}

function delayed(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const later = () => void setTimeout(() => controller.abort(), ms).unref();
  if (signal.aborted) later();
  else signal.addEventListener("abort", later, { once: true });
  return controller.signal;
}

const mayBeMissing =
  (check: Check): Check =>
  (value, place, problems) => {
    if (value !== undefined) check(value, place, problems);
  };

const members: { readonly [member in keyof Transport]?: Check } = {
  name: isText,
  open: isFunction,
  checkOptions: mayBeMissing(isFunction),
  prepare: mayBeMissing(isFunction),
  checkStrategy: mayBeMissing(isFunction),
};

function formProblems(transport: Transport): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [member, check] of Object.entries(members)) check(transport[member as keyof Transport], member, problems);
  const capabilities: unknown = transport.capabilities;
  if (!isFields(capabilities)) {
    problems.push({ at: "capabilities", message: "must be an object with `batch`, `perItemOutcome` and `delete`" });
    return problems;
  }
  for (const capability of ["batch", "perItemOutcome", "delete"])
    isSwitch(capabilities[capability], `capabilities.${capability}`, problems);
  return problems;
}

function limitProblems({ limits }: Transport): readonly Problem[] {
  const problems: Problem[] = [];
  if (limits !== undefined) isLimits(limits, "limits", problems);
  return problems;
}

function at(name: string, member: string, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({
    at: ["downstreams", name, member, problem.at].filter((part) => part !== "").join("."),
    message: problem.message,
  }));
}
