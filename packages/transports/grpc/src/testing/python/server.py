"""
A gRPC server of Python's grpcio, which is C++ below: server.py <generated code> <settings as JSON>

One JSON text a line, both ways. It tells what arrives as soon as it arrives, before it answers, so that whatever was run has
been told, however it dies. It ends with its standard input.

A call says in its metadata how it wants to be answered:
x-status and x-details (JSON), x-gzip, x-padding (bytes of answer), x-hold (answered after "release"), x-after (a stream is
refused at this message).
"""

import base64
import concurrent.futures
import json
import sys
import threading

sys.path.insert(0, sys.argv[1])
settings = json.loads(sys.argv[2])

import grpc  # noqa: E402
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool  # noqa: E402
from google.protobuf.json_format import MessageToDict, ParseDict  # noqa: E402
import health_pb2  # noqa: E402
import ledger_pb2  # noqa: E402
import reflection_pb2  # noqa: E402
import rpc_pb2  # noqa: E402

telling = threading.Lock()
released = threading.Event()
Status = health_pb2.HealthCheckResponse
health = {"": Status.SERVING}


def tell(**event):
    with telling:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def as_json(message):
    return MessageToDict(message, preserving_proto_field_name=True)


def arrived(context, method, messages):
    sent = {name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in context.invocation_metadata()}
    call = sent.get("idempotency-key")
    remaining = context.time_remaining()
    identities = [each.decode() for each in context.peer_identities() or []]
    tell(event="arrived", call=call, method=method, metadata=sent, messages=[as_json(each) for each in messages],
         remainingMs=None if remaining is None else remaining * 1000, identities=identities)
    context.add_callback(lambda: tell(event="ended", call=call))
    return sent


def refuse(context, sent):
    """With a status, and the details that the call asks for, packed by Python's own Any."""
    status = rpc_pb2.Status(code=getattr(grpc.StatusCode, sent["x-status"]).value[0], message="about Mrs Miller")
    for name, content in json.loads(sent.get("x-details", "{}")).items():
        packed = any_pb2.Any()
        packed.Pack(ParseDict(content, getattr(rpc_pb2, name)()))
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(getattr(grpc.StatusCode, sent["x-status"]), status.message)


def reply(context, sent, entries):
    if "x-hold" in sent:
        released.wait()
    if "x-gzip" in sent:
        context.set_compression(grpc.Compression.Gzip)
    if "x-status" in sent:
        refuse(context, sent)
    bad = [ledger_pb2.Failure(index=index, code="BAD") for index, each in enumerate(entries) if each.grade < 0]
    return ledger_pb2.Reply(failures=bad, count=len(entries), padding="x" * int(sent.get("x-padding", "0")))


def put(entry, context):
    return reply(context, arrived(context, "Put", [entry]), [entry])


def put_all(batch, context):
    return reply(context, arrived(context, "PutAll", batch.entries), batch.entries)


def put_stream(entries, context):
    after = dict(context.invocation_metadata()).get("x-after")
    taken = []
    for entry in entries:
        taken.append(entry)
        if len(taken) == int(after or -1):
            refuse(context, arrived(context, "PutStream", taken))
    return reply(context, arrived(context, "PutStream", taken), taken)


def check(request, context):
    tell(event="checked", service=request.service)
    if request.service not in health:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return Status(status=health[request.service])


def reflect(requests, context):
    pool = descriptor_pool.Default()
    for asked in requests:
        answer = reflection_pb2.ServerReflectionResponse(original_request=asked)
        kind = asked.WhichOneof("message_request")
        tell(event="asked", kind=kind, what=getattr(asked, kind))
        try:
            if kind == "list_services":
                for name in ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection", "ledger.v1.Ledger"]:
                    answer.list_services_response.service.add(name=name)
            else:
                file = (pool.FindFileByName(asked.file_by_filename) if kind == "file_by_filename" else
                        pool.FindFileContainingSymbol(asked.file_containing_symbol))
                described = descriptor_pb2.FileDescriptorProto()
                file.CopyToProto(described)
                answer.file_descriptor_response.file_descriptor_proto.append(described.SerializeToString())
        except KeyError:
            answer.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
        yield answer


def handlers(service, **methods):
    return grpc.method_handlers_generic_handler(service, methods)


def unary(behaviour, request, response):
    return grpc.unary_unary_rpc_method_handler(behaviour, request.FromString, response.SerializeToString)


workers = concurrent.futures.ThreadPoolExecutor(max_workers=64)
server = grpc.server(workers)
server.add_generic_rpc_handlers((handlers(
    "ledger.v1.Ledger",
    Put=unary(put, ledger_pb2.Entry, ledger_pb2.Reply),
    PutAll=unary(put_all, ledger_pb2.Batch, ledger_pb2.Reply),
    PutStream=grpc.stream_unary_rpc_method_handler(put_stream, ledger_pb2.Entry.FromString,
                                                   ledger_pb2.Reply.SerializeToString)),))
if settings.get("services", True):
    server.add_generic_rpc_handlers((
        handlers("grpc.health.v1.Health", Check=unary(check, health_pb2.HealthCheckRequest, Status)),
        handlers("grpc.reflection.v1alpha.ServerReflection",
                 ServerReflectionInfo=grpc.stream_stream_rpc_method_handler(
                     reflect, reflection_pb2.ServerReflectionRequest.FromString,
                     reflection_pb2.ServerReflectionResponse.SerializeToString))))

address = f"127.0.0.1:{settings.get('port', 0)}"
tls = settings.get("tls")
if tls is None:
    port = server.add_insecure_port(address)
else:
    certificate = tls["cert"].encode()
    port = server.add_secure_port(address, grpc.ssl_server_credentials(
        [(tls["key"].encode(), certificate)], root_certificates=certificate if tls["mutual"] else None,
        require_client_auth=tls["mutual"]))
server.start()
tell(event="listening", port=port, grpc=grpc.__version__)

for line in sys.stdin:
    command = json.loads(line)
    if "health" in command:
        health.update({name: Status.ServingStatus.Value(status) for name, status in command["health"].items()})
    if "sync" in command:
        tell(event="synced")
    if "release" in command:
        released.set()
    if "stop" in command:
        stopped = server.stop(command["stop"])
        tell(event="stopping")
        threading.Thread(target=lambda: (stopped.wait(), tell(event="stopped")), daemon=True).start()
released.set()
server.stop(0).wait()
