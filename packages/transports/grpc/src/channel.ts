import { createSecureContext } from "node:tls";
import { type ChannelCredentials, type ChannelOptions, Client, credentials } from "@grpc/grpc-js";
import { tlsMaterials } from "@syncline/core/transport-kit";
import type { ConnectionGuard } from "./guarded-credentials.ts";
import type { GrpcOptions } from "./options.ts";

/** gRPC's defaults that hide attempts, wait for minutes, or listen to the environment are not ours. */
export function channelOptions(options: GrpcOptions): ChannelOptions {
  return {
    // The environment's http_proxy has no say.
    "grpc.enable_http_proxy": 0,
    // A connection that another downstream's policy let in must not be taken for ours.
    "grpc.use_local_subchannel_pool": 1,
    // Whoever writes the name's TXT records must not write our retry policy.
    "grpc.service_config_disable_resolution": 1,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ [options.loadBalancing ?? "pick_first"]: {} }] }),
    // Defaults: 1 s and 2 minutes. A restarted downstream was met again within 100 ms.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 10_000,
    "grpc.max_receive_message_length": answerBytes(options),
    "grpc.max_send_message_length": -1,
    "grpc.keepalive_time_ms": options.keepaliveMs ?? 330_000,
    "grpc.keepalive_permit_without_calls": 0,
    ...(options.tls?.serverName === undefined
      ? {}
      : { "grpc.ssl_target_name_override": options.tls.serverName, "grpc.default_authority": options.tls.serverName }),
  };
}

export function answerBytes(options: GrpcOptions): number {
  return options.answerBytes ?? 1_048_576;
}

/** Connects on the first call. Throws an error with the code `ERR_TLS_MATERIAL` if a certificate cannot be read. */
export function openChannel(options: GrpcOptions, guard: ConnectionGuard): Client {
  return new Client(
    options.address,
    guard.over(() => credentialsOf(options)),
    channelOptions(options),
  );
}

function credentialsOf({ plaintext, tls }: GrpcOptions): ChannelCredentials {
  if (plaintext === true) return credentials.createInsecure();
  const { servername: _, ...materials } = tlsMaterials(tls ?? {});
  return credentials.createFromSecureContext(createSecureContext(materials));
}
