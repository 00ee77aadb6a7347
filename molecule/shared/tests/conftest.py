"""What the tests of a switched node share: its target, crictl's JSON, and the cluster through kubectl."""

import dataclasses
import json
import os
import subprocess
import time

import pytest
import yaml


@dataclasses.dataclass(frozen=True)
class Target:
    """What shows that a node is on it."""

    socket: str
    version: str
    scheme: str


TARGETS = {
    "containerd": Target("unix:///run/containerd/containerd.sock", "containerd://1.", "containerd://"),
    "crio": Target("unix:///var/run/crio/crio.sock", "cri-o://1.34", "cri-o://"),
}


@pytest.fixture
def target(name):
    """Of all nodes alike, or of each: node1=containerd,node2=crio."""
    words = os.environ["CRI_TARGET"]
    return TARGETS[dict(pair.split("=") for pair in words.split(","))[name] if "=" in words else words]


@pytest.fixture(scope="session")
def declared():
    """The operator's variables of this scenario."""
    path = os.path.join(os.environ["MOLECULE_SCENARIO_DIRECTORY"], "vars", "operator.yml")
    with open(path, encoding="utf-8") as handle:
        return yaml.safe_load(handle)


@pytest.fixture(scope="session")
def handlers(declared):
    """None are declared where the target has what it has by default."""
    return declared.get("switchover_handlers") or []


class Cluster:
    """The API's side, through the kubectl that the lab puts on the path."""

    def run(self, *arguments, stdin=None):
        done = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def get(self, *arguments):
        return json.loads(self.run("get", *arguments, "-o", "json"))

    def pods_of(self, node):
        return self.get("pods", "-A", "--field-selector", f"spec.nodeName={node}")["items"]

    def eventually(self, seen, wanted, seconds=300):
        """Waits until ``wanted(seen())`` holds; the last thing seen is the failure's message."""
        deadline = time.monotonic() + seconds
        while True:
            value = seen()
            if wanted(value):
                return value
            assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {value}"
            time.sleep(2)


@pytest.fixture(scope="session")
def cluster():
    return Cluster()


@pytest.fixture(scope="session")
def before():
    """The nodes as `lab record before` kept them, before anything changed."""
    with open(os.environ["CRI_LAB_RECORD"], encoding="utf-8") as handle:
        return json.load(handle)


@pytest.fixture
def name(host):
    return host.backend.get_hostname()


@pytest.fixture
def kubelet_minor(cluster, name):
    """17 of v1.17.3: where a kubelet and kubeadm keep the runtime's socket depends on it."""
    return int(cluster.get("node", name)["status"]["nodeInfo"]["kubeletVersion"].split(".")[1])


@pytest.fixture
def crictl(host):
    def run(*arguments):
        done = host.run("crictl " + " ".join(arguments))
        assert done.rc == 0, done.stderr
        return json.loads(done.stdout)

    return run
