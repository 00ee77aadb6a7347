# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verifies a handler, with words and states as real ones left them (containerd 1.6.20, runc 1.1.5, crun 1.8.1)."""

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.guards import is_container_shim
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.smoke import (
    WORDS_END,
    Smoke,
    judge_words,
    pod_cgroup,
    runtime_of,
    words_of,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.registry import BY_NAME, TARGETS

T = "2026-11-25T20:24:59.000000000Z stdout F "
GVISOR = (
    T
    + "Linux 4.4.0\n"
    + T
    + "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n"
    + T
    + "[    0.000000] Starting gVisor...\n"
    + T
    + WORDS_END
    + "\n"
)
NEWER = T + "Linux 4.19.0-gVisor\n" + T + WORDS_END + "\n"
HOST = (
    T
    + "Linux 6.18.44-fc-v595\n"
    + T
    + "Linux version 6.18.44-fc-v595 (builder@x)\n"
    + T
    + WORDS_END
    + "\n"
    + T.replace("stdout", "stderr")
    + "dmesg: read kernel buffer failed: Operation not permitted\n"
)


@pytest.mark.parametrize(
    "log, wanted",
    [
        (GVISOR, None),
        (NEWER, None),
        (HOST, "the kernel inside is the host's (Linux 6.18.44-fc-v595)"),
        (T + "Linux 5.10.0\n", "the kernel inside does not say that it is gVisor's (it says Linux 5.10.0)"),
        ("", "the kernel inside does not say that it is gVisor's (it says nothing)"),
    ],
)
def test_words(log, wanted):
    assert judge_words(words_of(log), "6.18.44-fc-v595") == wanted


@pytest.mark.parametrize(
    "names, wanted",
    [(["state.json", "exec.fifo"], "runc"), (["status", "config.json"], "crun"), (["other"], None), ([], None)],
)
def test_state(names, wanted):
    assert runtime_of(names) == wanted


class NoCommands(Node):
    def run(self, argv, timeout=30, check=True, data=None, env=None):
        raise AssertionError


class Crictl:
    """Answers as crictl does, and leaves what runtimes leave. `behind`: which runtime really is behind a handler."""

    def __init__(self, root, behind, log=GVISOR):
        self.root, self.behind, self.log = str(root), behind, log
        self.containers, self.removed, self.made = [], [], {}

    def run(self, *args, **kwargs):
        if args[0] == "run":
            handler = args[3]
            with open(args[4]) as stream:
                container = json.load(stream)
            self.made[handler] = container
            ident = handler.ljust(64, "0")
            self.containers.append(
                {
                    "id": ident,
                    "podSandboxId": "pod-" + handler,
                    "state": "CONTAINER_RUNNING",
                    "metadata": {"name": handler},
                }
            )
            if self.behind[handler] == "runsc":
                with open(os.path.join(self.root, "run/cri-switchover", container["log_path"]), "w") as stream:
                    stream.write(self.log)
            else:
                folder = os.path.join(self.root, "run/containerd/runc/k8s.io", ident)
                os.makedirs(folder)
                name = "state.json" if self.behind[handler] == "runc" else "status"
                with open(os.path.join(folder, name), "w"):
                    pass
        elif args[:2] == ("rmp", "--force"):
            self.removed += args[2:]
        return ""

    def json(self, *args, **kwargs):
        return {"containers": self.containers}

    def remove_pods(self, seconds, *which):
        self.removed.append("all")


@pytest.fixture
def root(tmp_path):
    for path in ("run", "usr", "bin", "run/containerd"):
        (tmp_path / path).mkdir()
    return tmp_path


def verified(root, behind, handlers, **more):
    crictl = Crictl(root, behind, **more)
    smoke = Smoke(NoCommands(str(root)), crictl, "pause:3.6", "/kubepods/besteffort", 1)
    return crictl, lambda: smoke.verify(handlers)


def declared(behind, **more):
    return [dict({"name": name, "runtime": runtime}, **more) for name, runtime in behind.items()]


def test_each_is_verified_by_its_own(root):
    behind = {"runc": "runc", "fast": "crun", "gvisor": "runsc"}
    crictl, run = verified(root, behind, declared(behind))
    found, left_out = run()
    assert left_out == {} and sorted(found) == ["fast", "gvisor", "runc"]
    assert "Starting gVisor..." in found["gvisor"] and found["fast"].startswith("crun's state in /run/containerd")
    assert sorted(crictl.removed) == ["pod-fast", "pod-gvisor", "pod-runc"]
    # Only gVisor's container needs programs, and gets those of the host to read.
    assert "mounts" not in crictl.made["runc"] and "command" not in crictl.made["fast"]
    assert crictl.made["gvisor"]["mounts"] == [
        {"host_path": path, "container_path": path, "readonly": True} for path in ("/bin", "/usr")
    ]
    assert not (root / "run" / "cri-switchover").exists()


def test_of_what_nobody_declared_it_is_enough_that_it_runs(root):
    crictl, run = verified(root, {"runc": "nvidia"}, [{"name": "runc"}])
    assert run() == ({"runc": "runs"}, {})


WRONG = [
    ("crun", "runc", GVISOR, "made by runc, wanted crun"),
    ("runc", "crun", GVISOR, "made by crun, wanted runc"),
    ("runsc", "runsc", "", "does not say that it is gVisor's"),
    ("crun", "runsc", GVISOR, "no state of crun for its container"),
]


@pytest.mark.parametrize("wanted, really, log, words", WRONG)
def test_another_runtime_than_declared(root, wanted, really, log, words):
    crictl, run = verified(root, {"x": really}, declared({"x": wanted}), log=log)
    with pytest.raises(Failure, match=words) as caught:
        run()
    assert caught.value.reason == "CRI-HANDLER-OTHER" and crictl.removed == ["all"]
    assert not (root / "run" / "cri-switchover").exists()


@pytest.mark.parametrize("wanted, really, log, words", WRONG)
def test_an_optional_one_is_left_out(root, wanted, really, log, words):
    handlers = [{"name": "runc", "runtime": "runc"}] + declared({"x": wanted}, optional=True)
    crictl, run = verified(root, {"runc": "runc", "x": really}, handlers, log=log)
    found, left_out = run()
    assert list(found) == ["runc"] and words in left_out["x"] and crictl.removed == ["all"]


def test_a_container_that_does_not_run(root):
    crictl, run = verified(root, {"x": "runc"}, declared({"x": "runc"}))
    crictl.json = lambda *args, **kwargs: {"containers": []}
    with pytest.raises(Failure, match="does not run with handler x") as caught:
        run()
    assert caught.value.reason == "CRI-SMOKE"


def test_a_sandbox_that_does_not_start(root):
    crictl, run = verified(root, {"x": "runc"}, declared({"x": "runc"}))

    def refuse(*args, **kwargs):
        raise Failure("CRI-CRICTL-FAILED", "no runtime for x is configured")

    crictl.run = refuse
    with pytest.raises(Failure, match="handler x: .*no runtime for x is configured") as caught:
        run()
    assert caught.value.reason == "CRI-SMOKE" and caught.value.details["handlers"] == ["x"]


@pytest.mark.parametrize(
    "argv, wanted",
    [
        (["/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io", "-id", "a"], True),
        (["/usr/local/bin/containerd-shim-runsc-v1", "-namespace", "k8s.io"], True),
        (["/usr/bin/containerd-shim-runc-v2", "-namespace", "moby"], False),
        # as CRI-O 1.34 and Podman 4.3 start the same program
        (["/usr/bin/conmon", "-b", "/run/x", "--exit-dir", "/var/run/crio/exits"], True),
        (["/usr/libexec/crio/conmon", "--socket-dir-path", "/run/crio"], True),
        (["/usr/bin/conmon", "--api-version", "1", "--exit-dir", "/run/libpod/exits"], False),
        (["/usr/bin/crio"], False),
        ([""], False),
    ],
)
def test_what_watches_over_containers(argv, wanted):
    shims = [shim for name in TARGETS for shim in BY_NAME[name].shims]
    assert is_container_shim(argv, shims) is wanted


@pytest.mark.parametrize(
    "made, given, systemd",
    [("kubepods", False, False), ("kubepods.slice", False, True), ("cpu/kubepods.slice", False, True),
     ("kubepods", True, True)],
)  # fmt: skip
def test_pods_cgroup_is_of_the_drivers_form(tmp_path, made, given, systemd):
    (tmp_path / "sys/fs/cgroup" / made).mkdir(parents=True)
    node = Node(str(tmp_path))
    wanted = "/kubepods.slice/kubepods-besteffort.slice" if systemd else "/kubepods/besteffort"
    assert pod_cgroup(node, given) == wanted
