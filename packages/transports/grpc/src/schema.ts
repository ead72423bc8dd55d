import { readFile } from "node:fs/promises";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import type { Problem } from "@syncline/core/spi";
import type protobuf from "protobufjs";
import { filesIn, rootOf } from "./descriptor-set.ts";
import { dynamicMethod } from "./dynamic-method.ts";
import { exactService } from "./exact-names.ts";
import type { SchemaSource } from "./options.ts";
import { inPortions } from "./portions.ts";
import { readProtoFiles, reasonOf } from "./proto-files.ts";
import type { RpcMethod } from "./rpc-method.ts";
import { typedMethod } from "./typed-method.ts";

/** What a downstream's services are called with. */
export interface Schema {
  /** The method behind `package.Service/Method`, or a sentence that says why there is none. */
  method(path: string): RpcMethod | string;
}

export type LoadedSchema = { readonly schema: Schema } | { readonly problems: readonly Problem[] };

/** Everything but reflection, which needs the server. However large it is, the process goes on beside it. */
export async function readSchema(source: Exclude<SchemaSource, { readonly reflection: true }>): Promise<LoadedSchema> {
  if ("services" in source) return { schema: typedSchema(source.services) };
  if ("proto" in source) {
    const read = await inPortions(readProtoFiles([source.proto].flat(), source.include ?? []));
    return "root" in read ? { schema: dynamicSchema(read.root) } : read;
  }
  try {
    const set = source.descriptorSet;
    const files = filesIn(typeof set === "string" ? await readFile(set) : set);
    return { schema: dynamicSchema(await inPortions(rootOf(files))) };
  } catch (error) {
    return { problems: [{ at: "schema.descriptorSet", message: `cannot be read: ${reasonOf(error)}` }] };
  }
}

export function dynamicSchema(root: protobuf.Root): Schema {
  const known = new Map<string, RpcMethod>();
  return {
    method(path) {
      const parts = splitPath(path);
      if (parts === undefined) return notAPath;
      const kept = known.get(path);
      if (kept !== undefined) return kept;
      const service = exactService(root, parts.service);
      if (service === undefined) return `there is no service ${parts.service} in the schema`;
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
