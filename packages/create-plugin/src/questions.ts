import type { Readable, Writable } from "node:stream";
import { isCancel, select, text } from "@clack/prompts";
import type { Flags } from "./flags.ts";
import { folderOf, wrongPackageName } from "./names.ts";
import type { PluginKind } from "./plugin-kind.ts";
import { Refusal } from "./refusal.ts";

export interface Answers {
  readonly kind: PluginKind;
  readonly name: string;
  readonly directory: string;
}

export interface QuestionStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/** Asks for what the flags leave open. Errors: `Refusal`, if the questions were cancelled. */
export async function askForMissing({ kind, name, directory }: Flags, streams?: QuestionStreams): Promise<Answers> {
  const chosenKind = kind ?? (await askForKind(streams));
  const chosenName = name ?? (await askForName(streams));
  const chosenDirectory = directory ?? (await askForDirectory(chosenName, streams));
  return { kind: chosenKind, name: chosenName, directory: chosenDirectory };
}

async function askForKind(streams?: QuestionStreams): Promise<PluginKind> {
  return answered<PluginKind>(
    await select<PluginKind>({
      ...streams,
      message: "What is it?",
      options: [
        { value: "adapter", label: "An adapter", hint: "a database to read changes from" },
        { value: "transport", label: "A transport", hint: "a way of calling downstreams" },
      ],
    }),
  );
}

async function askForName(streams?: QuestionStreams): Promise<string> {
  return answered<string>(
    await text({
      ...streams,
      message: "The package's name?",
      placeholder: "@acme/syncline-db2",
      validate: (value) => {
        const wrong = wrongPackageName(value ?? "");
        return wrong === undefined ? undefined : `It ${wrong}.`;
      },
    }),
  );
}

async function askForDirectory(name: string, streams?: QuestionStreams): Promise<string> {
  const initial = folderOf(name);
  return answered<string>(
    await text({ ...streams, message: "Into which folder?", placeholder: initial, defaultValue: initial }),
  );
}

function answered<Value>(answer: Value | symbol): Value {
  if (!isCancel(answer)) return answer as Value;
  throw new Refusal("Cancelled: nothing was written.");
}
