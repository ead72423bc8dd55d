import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import type { Problem } from "@syncline/core/spi";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { dynamicMethod } from "./dynamic-method.ts";
import type { SchemaSource } from "./options.ts";
import type { RpcMethod } from "./rpc-method.ts";
import { typedMethod } from "./typed-method.ts";

/** What a downstream's services are called with. */
export interface Schema {
  /** The method behind `package.Service/Method`, or a sentence that says why there is none. */
  method(path: string): RpcMethod | string;
}

export type LoadedSchema = { readonly schema: Schema } | { readonly problems: readonly Problem[] };

/** Everything but reflection, which needs the server. */
export function readSchema(source: Exclude<SchemaSource, { readonly reflection: true }>): LoadedSchema {
  if ("services" in source) return { schema: typedSchema(source.services) };
  if ("proto" in source) return readFiles([source.proto].flat(), source.include ?? []);
  try {
    const set = source.descriptorSet;
    return { schema: dynamicSchema(rootOf(typeof set === "string" ? readFileSync(set) : set)) };
  } catch (error) {
    return { problems: [{ at: "schema.descriptorSet", message: `cannot be read: ${reasonOf(error)}` }] };
  }
}

/** `keepCase`: fields have the names of the file, and ProtoJSON finds them by both. */
export function rootOf(descriptorSet: Uint8Array): protobuf.Root {
  const set = descriptor.FileDescriptorSet.decode(descriptorSet);
  (set as unknown as DescribedSet).file.forEach(nameValuesFields);
  const root = protobuf.Root.fromDescriptor(descriptor.FileDescriptorSet.encode(set).finish(), { keepCase: true });
  root.resolveAll();
  return root;
}

interface DescribedSet {
  readonly file: readonly {
    readonly package?: string;
    readonly messageType: readonly { readonly name?: string; readonly field: readonly { name: string }[] }[];
  }[];
}

/**
 * The JSON encoder writes the fields of `google.protobuf.Value` as `numberValue`, whatever the schema calls them. Called
 * `number_value`, as in Google's file, each value of a Struct, a ListValue or a Value became null in silence (protobufjs 8.8.1).
 */
function nameValuesFields(file: DescribedSet["file"][number]): void {
  if (file.package !== "google.protobuf") return;
  for (const field of file.messageType.find(({ name }) => name === "Value")?.field ?? [])
    field.name = field.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

export function dynamicSchema(root: protobuf.Root): Schema {
  const known = new Map<string, RpcMethod>();
  return {
    method(path) {
      const parts = splitPath(path);
      if (parts === undefined) return notAPath;
      const kept = known.get(path);
      if (kept !== undefined) return kept;
      const service = lookup(root, parts.service);
      if (!(service instanceof protobuf.Service)) return `there is no service ${parts.service} in the schema`;
      const method = Object.hasOwn(service.methods, parts.method) ? service.methods[parts.method] : undefined;
      if (method === undefined) return unknownMethod(parts.service, Object.keys(service.methods));
      const made = dynamicMethod(`/${parts.service}/${parts.method}`, method);
      known.set(path, made);
      return made;
    },
  };
}

function typedSchema(services: { readonly [service: string]: ServiceDefinition }): Schema {
  return {
    method(path) {
      const parts = splitPath(path);
      if (parts === undefined) return notAPath;
      const service = Object.hasOwn(services, parts.service) ? services[parts.service] : undefined;
      if (service === undefined) return `there is no service ${parts.service} among those given`;
      const methods: readonly MethodDefinition<unknown, unknown>[] = Object.values(service);
      const wanted = `/${parts.service}/${parts.method}`;
      const found = methods.find((method) => method.path === wanted);
      if (found !== undefined) return typedMethod(found);
      return unknownMethod(
        parts.service,
        methods.map((method) => method.path.split("/").at(-1) ?? ""),
      );
    },
  };
}

const notAPath = "must be package.Service/Method";

function splitPath(path: string): { readonly service: string; readonly method: string } | undefined {
  const match = /^([A-Za-z_][\w.]*)\/([A-Za-z_]\w*)$/.exec(path);
  return match === null ? undefined : { service: match[1] ?? "", method: match[2] ?? "" };
}

function unknownMethod(service: string, methods: readonly string[]): string {
  return `${service} has no such method; it has ${methods.join(", ") || "none"}`;
}

function lookup(root: protobuf.Root, name: string): protobuf.ReflectionObject | null {
  return root.lookup(name.split("."));
}

function readFiles(files: readonly string[], include: readonly string[]): LoadedSchema {
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => resolveImport(origin, target, include);
  const problems: Problem[] = [];
  for (const [index, file] of files.entries()) {
    try {
      root.loadSync(file, { keepCase: true });
    } catch (error) {
      problems.push({ at: `schema.proto[${index}]`, message: `${file} cannot be read: ${reasonOf(error)}` });
    }
  }
  if (problems.length > 0) return { problems };
  try {
    root.resolveAll();
    return { schema: dynamicSchema(root) };
  } catch (error) {
    return { problems: [{ at: "schema.proto", message: `is not complete: ${reasonOf(error)}` }] };
  }
}

/** As `protoc` looks: in each `-I`, here also beside the file that imports. */
function resolveImport(origin: string, target: string, include: readonly string[]): string | null {
  if (isAbsolute(target) || origin === "") return target;
  const places = [dirname(origin), ...include].map((folder) => join(folder, target));
  return places.find((place) => canRead(place)) ?? target;
}

function canRead(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  const { message } = error as { readonly message?: unknown };
  return typeof message === "string" ? (message.split("\n")[0] ?? "") : "unknown";
}
