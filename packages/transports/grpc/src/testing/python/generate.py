"""Writes the code that protoc generates for Python, and the descriptor set of the ledger: generate.py <where to>"""

import pathlib
import subprocess
import sys

from google.protobuf import (any_pb2, descriptor_pb2, duration_pb2, field_mask_pb2, struct_pb2, timestamp_pb2,
                             wrappers_pb2)

here = pathlib.Path(__file__).parent
target = pathlib.Path(sys.argv[1])

# Google's own files come with Debian's libprotobuf-dev alone, but Python's modules hold what they say.
google = descriptor_pb2.FileDescriptorSet()
for module in (any_pb2, duration_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2):
    module.DESCRIPTOR.CopyToProto(google.file.add())
(target / "google.bin").write_bytes(google.SerializeToString())


def protoc(*arguments: str) -> None:
    folders = [f"-I{here / 'protos'}", f"-I{here.parent}"]
    subprocess.run(["protoc", *folders, f"--descriptor_set_in={target / 'google.bin'}", *arguments], check=True)


protoc(f"--python_out={target}", "ledger.proto", "rpc.proto", "health.proto", "reflection.proto", "shop.proto",
       "parts/customer.proto")
protoc("--include_imports", f"--descriptor_set_out={target / 'ledger.bin'}", "ledger.proto")
