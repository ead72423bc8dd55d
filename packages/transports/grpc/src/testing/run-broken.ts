import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { grpc } from "../grpc.ts";
import { callOf, folder, quiet, shopProto } from "./calls.ts";

/**
 * Calls a server that breaks each connection, and collects garbage in another connection's callback
 * in the same turn.
 */
const port = Number(process.argv[2]);
setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
for (let n = 0; n < 6; n++) connect(port, "127.0.0.1").on("data", collect).write("listener");

// What came to several connections meanwhile is read in one turn.
const busy = new Int32Array(new SharedArrayBuffer(4));
setInterval(() => Atomics.wait(busy, 0, 0, 20), 1);

for (let n = 0; n < 20; n++) {
  const schema = { proto: shopProto, include: [folder] };
  const invoker = grpc({ address: `127.0.0.1:${port}`, plaintext: true, schema }).open({
    downstream: "crm",
    log: quiet,
  });
  const within = { signal: AbortSignal.timeout(10_000), deadline: Date.now() + 10_000, trace: {} };
  const outcome = await invoker.invoke(callOf([{ id: "1" }]), within);
  await invoker.close?.();
  process.send?.(outcome);
}
process.exit(0);
