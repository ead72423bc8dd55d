import { connect } from "node:net";
import { healthy, invoking, type Mutant, opening } from "./mutant.ts";

export const manifestMutants: readonly Mutant[] = [
  {
    name: "claims to send no lists",
    create: (address) => {
      const transport = healthy(address);
      return { ...transport, capabilities: { ...transport.capabilities, batch: false } };
    },
    caughtBy: "has a name and specVersion 1, and declares the capabilities that are tested",
  },
  {
    name: "throws on a strategy that it does not understand",
    create: (address) => ({
      ...healthy(address),
      checkStrategy: (strategy) => {
        const headers = Object.keys(strategy.options.headers as object);
        return headers.length === 0 ? [] : [{ at: "options.headers", message: "are not supported" }];
      },
    }),
    caughtBy: "strategies made of rubbish get problems, never a throw",
  },
  {
    name: "connects when it is opened",
    create: opening((inner, { url }) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname).on("error", () => {});
      return { ...inner, close: async () => void socket.destroy() };
    }),
    caughtBy: "opens without connecting",
  },
  {
    name: "finds fault with every strategy",
    create: (address) => ({ ...healthy(address), checkStrategy: () => [{ at: "path", message: "It is too short." }] }),
    caughtBy: "finds nothing wrong with the options and strategies that the suite works with",
  },
  {
    name: "puts a strategy's path into a header",
    create: invoking((invoke) => (call, context) => {
      new Headers().set("x-path", call.path);
      return invoke(call, context);
    }),
    caughtBy: "calls made of rubbish get an outcome, never a throw",
  },
];
