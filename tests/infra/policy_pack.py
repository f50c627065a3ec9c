"""Asks the policy pack as Pulumi's engine does: the pack is started as a process and spoken to in gRPC."""

import asyncio
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import rpc
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

from tests.infra.graphs import ROOT

FOLDER = ROOT / "infra" / "policy"
PYTHON = ROOT / ".policy" / "bin" / "python"
SECRET = {rpc._special_sig_key: rpc._special_secret_sig}
"""Marks a value as a secret, beside ``value``."""

_NO_ENGINE = "127.0.0.1:1"
"""The pack is told where the engine is, and tells it what it logs; it has nothing to log."""


class Asked(NamedTuple):
    """A resource to ask about: inputs while it is checked alone, outputs while the stack is."""

    type: str
    name: str
    properties: Mapping[str, Any]
    protect: bool = False

    @property
    def urn(self) -> str:
        """Its name in the stack."""
        return f"urn:pulumi:stack::headwater::{self.type}::{self.name}"


class Pack:
    """The running pack.

    Args:
        stub: Connected to it.
    """

    def __init__(self, stub: AnalyzerStub) -> None:
        self._stub = stub

    def info(self) -> wire.AnalyzerInfo:
        """What it says of itself."""
        found: wire.AnalyzerInfo = self._stub.GetAnalyzerInfo(Empty())
        return found

    def configure(self, policy: str, properties: Mapping[str, Any]) -> None:
        """Configure one policy, which is to be mandatory."""
        config = wire.PolicyConfig(enforcementLevel=wire.MANDATORY, properties=_encoded(properties))
        self._stub.Configure(wire.ConfigureAnalyzerRequest(policyConfig={policy: config}))

    def analyze(self, asked: Asked) -> list[wire.AnalyzeDiagnostic]:
        """What it has against a resource before it is made."""
        request = wire.AnalyzeRequest(
            type=asked.type,
            urn=asked.urn,
            name=asked.name,
            properties=_encoded(asked.properties),
            options=wire.AnalyzerResourceOptions(protect=asked.protect),
        )
        return list(self._stub.Analyze(request).diagnostics)

    def analyze_stack(self, asked: Iterable[Asked]) -> list[wire.AnalyzeDiagnostic]:
        """What it has against resources together."""
        resources = [
            wire.AnalyzerResource(
                type=each.type,
                urn=each.urn,
                name=each.name,
                properties=_encoded(each.properties),
                options=wire.AnalyzerResourceOptions(protect=each.protect),
            )
            for each in asked
        ]
        return list(self._stub.AnalyzeStack(wire.AnalyzeStackRequest(resources=resources)).diagnostics)


@contextmanager
def running(stack: str) -> Iterator[Pack]:
    """Run the pack for a stack."""
    # This is what `pulumi-analyzer-policy-python` runs: in the pack's folder, which is the program.
    process = subprocess.Popen(
        [PYTHON, "-u", "-m", "pulumi.policy", _NO_ENGINE, "."],
        cwd=FOLDER,
        env={"PULUMI_PROJECT": "headwater", "PULUMI_STACK": stack, "PULUMI_DRY_RUN": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            port = process.stdout.readline().strip()
            assert port.isdecimal(), f"the pack gave no port: {port} {process.stderr.read()}"
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Pack(AnalyzerStub(channel))
        finally:
            process.kill()


def _encoded(properties: Mapping[str, Any]) -> Any:
    """Properties as Pulumi sends them: archives and files are objects with a mark of their own."""
    return asyncio.run(rpc.serialize_properties(dict(properties), {}))
