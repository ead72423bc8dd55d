import type { Answer, Behaviour, Call } from "./downstream.ts";

/** A call that waits at the downstream until the test lets it go. */
export interface Hold {
  readonly behave: Behaviour;
  /** The call that is held. */
  readonly arrived: Promise<Call>;
  release(answer?: Answer): void;
}

/** Holds the first call that `matches`; everything else is done as `otherwise` says. */
export function holdFirst(
  otherwise: Behaviour = () => ({ status: 200 }),
  matches: (call: Call) => boolean = () => true,
): Hold {
  let arrive: (call: Call) => void = () => {};
  let end: (answer: Answer) => void = () => {};
  const arrived = new Promise<Call>((resolve) => {
    arrive = resolve;
  });
  const ending = new Promise<Answer>((resolve) => {
    end = resolve;
  });
  let held = false;
  return {
    behave: (call) => {
      if (held || !matches(call)) return otherwise(call);
      held = true;
      arrive(call);
      return ending;
    },
    arrived,
    release: (answer = { status: 200 }) => end(answer),
  };
}
