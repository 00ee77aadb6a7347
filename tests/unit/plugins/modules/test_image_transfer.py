# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""image_transfer on a machine that is made up: what it asks of ctr, docker and systemctl, and in which order."""

import collections
import json

import pytest

from ansible_collections.cri.switchover.plugins.modules import image_transfer

DIGEST = "sha256:" + "d" * 64
WEB, TOOLS, PINNED = "docker.io/library/web:1", "docker.io/library/tools:local", "docker.io/library/redis@" + DIGEST
GIB = 1 << 30


class Machine:
    """Docker's images by name, containerd's as {name: [digest of the manifest, digest of the configuration]}."""

    def __init__(self, docker=(), containerd=(), running=True, **more):
        self.docker, self.containerd, self.running = dict(docker), dict(containerd), running
        self.whole = more.get("whole", set(self.containerd))
        self.fails, self.loads = more.get("fails", {}), more.get("loads", True)
        self.free = more.get("free", 100 * GIB)
        self.did = []

    def processes(self, names):
        return {"dockerd": [7] if self.running else []}

    def run(self, argv, timeout):
        words = argv[5:] if argv[0] == "ctr" else argv[3:] if argv[0] == "docker" else argv[1:]
        text = " ".join([argv[0]] + words)
        for beginning, end in self.fails.items():
            if text.startswith(beginning):
                self.did.append(text)
                return end
        if argv[0] == "systemctl":
            if words[0] == "is-active":
                return 3, "inactive\ninactive\n", ""
            self.did.append(text)
            self.running = words[0] == "start"
        elif argv[0] == "docker":
            self.did.append(text)
            self.docker[words[1]] = {"Id": "sha256:pulled", "Size": 1}
        elif words[:2] == ["images", "ls"]:
            wanted = [word.split("==")[1].strip('"') for word in words[2:]]
            lines = ["%s type %s 1 MiB linux/amd64 -" % (name, self.containerd[name][0])
                     for name in self.containerd if not wanted or name in wanted]
            return 0, "\n".join(["REF TYPE DIGEST SIZE PLATFORMS LABELS"] + lines), ""
        elif words[:2] == ["images", "check"]:
            lines = ["%s type x complete (2/2) 1 MiB true" % name for name in self.whole]
            return 0, "\n".join(["REF"] + lines), ""
        elif words == ["version"]:
            return 0, "Server:\n  Version: 1.6.20\n", ""
        return 0, "", ""

    def content(self, argv):
        digest = argv[-1]
        config = next(ids[1] for ids in self.containerd.values() if ids[0] == digest)
        layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": GIB}
        text = json.dumps({"config": {"digest": config}, "layers": [layer]})
        return collections.namedtuple("Command", "result")(lambda timeout: (0, text, ""))

    def pipe(self, first, second, timeout):
        assert second[-2:] == ["load", "--quiet"] and first[5:8] == ["images", "export", "-"] and self.running
        self.did.append("carry " + " ".join(first[8:]))
        for name in first[8:] if self.loads else []:
            self.docker[name] = {"Id": self.containerd[name][1], "Size": GIB}
        return [(0, ""), (0, "")]

    def docker_get(self, path, timeout):
        assert self.running, "asking its socket would start it"
        if path == "/info":
            return 200, {"DockerRootDir": "/"}
        name = path[len("/images/"):-len("/json")]
        return (200, self.docker[name]) if name in self.docker else (404, {})


@pytest.fixture
def transfer(monkeypatch):
    def run(machine, images, check=False, **params):
        io = image_transfer._node_io
        for name in ("processes", "run", "pipe", "docker_get"):
            monkeypatch.setattr(io, name, getattr(machine, name))
        monkeypatch.setattr(io, "Command", machine.content)
        monkeypatch.setattr(io, "which", lambda name: name)
        disk = collections.namedtuple("Disk", "f_bavail f_frsize")(machine.free, 1)
        monkeypatch.setattr(image_transfer.os, "statvfs", lambda path: disk)
        given = dict(images=images, pause_image=None, local_images=False, address="/", namespace="k8s.io", timeout=60)
        given.update(reserve=GIB, hosts_dir=None, store="/")
        made = image_transfer.ToDocker(dict(given, **params), check)
        return made, made.run()

    return run


CONTAINERD = {WEB: ["sha256:m1", "sha256:c1"], TOOLS: ["sha256:m2", "sha256:c2"]}


def names(result):
    return [item["reference"] for item in result["transferred"]]


def test_only_what_docker_lacks_is_carried(transfer):
    machine = Machine({WEB: {"Id": "sha256:c1", "Size": 1}}, CONTAINERD)
    made, result = transfer(machine, ["web:1"], local_images=True)
    assert (names(result), result["present"], result["changed"]) == ([TOOLS], [WEB], True)
    assert result["bytes"] == GIB and machine.did == ["carry " + TOOLS]
    assert transfer(machine, ["web:1"], local_images=True)[1]["changed"] is False


def test_a_docker_that_is_stopped_runs_as_long_as_it_takes(transfer):
    machine = Machine({}, CONTAINERD, running=False)
    made, result = transfer(machine, ["web:1"])
    assert names(result) == [WEB] and made.warnings == []
    stop = ["systemctl stop docker.socket", "systemctl stop docker.service"]
    assert machine.did == ["systemctl start docker.service", "carry " + WEB] + stop


def test_it_is_stopped_after_a_failure_too(transfer):
    machine = Machine({}, CONTAINERD, running=False, free=2 * GIB)
    with pytest.raises(image_transfer.Failed, match="CRI-IMAGES-DISK"):
        transfer(machine, ["web:1"])
    assert machine.did[-1] == "systemctl stop docker.service" and not machine.running


def test_a_docker_that_does_not_start(transfer):
    machine = Machine({}, CONTAINERD, running=False, fails={"systemctl start": (1, "", "Job failed")})
    with pytest.raises(image_transfer.Failed, match="CRI-IMAGES-TARGET.*Job failed"):
        transfer(machine, ["web:1"])


def test_a_docker_that_does_not_stop_is_told(transfer):
    machine = Machine({}, CONTAINERD, running=False, fails={"systemctl stop": (1, "", "it hangs")})
    made, result = transfer(machine, ["web:1"])
    assert names(result) == [WEB] and len(made.warnings) == 1 and "it hangs" in made.warnings[0]


def test_without_images_docker_is_left_alone(transfer):
    machine = Machine({}, {}, running=False)
    assert transfer(machine, [], local_images=True)[1]["changed"] is False
    assert machine.did == []


def test_in_check_mode_nothing_is_started(transfer):
    machine = Machine({}, CONTAINERD, running=False)
    made, result = transfer(machine, ["web:1"], check=True)
    assert names(result) == [WEB] and machine.did == []


def test_digests_are_pulled_and_what_cannot_be_had_is_told(transfer):
    fails = {"docker pull " + PINNED: (1, "", "no route to host")}
    machine = Machine({}, dict(CONTAINERD, **{PINNED: ["sha256:m3", "sha256:c3"]}), whole={TOOLS}, fails=fails)
    made, result = transfer(machine, ["redis@" + DIGEST, "web:1", "gone:1"])
    assert result["pulled"] == [WEB], "its layers are gone from containerd"
    missing = {item["reference"]: item["in_source"] for item in result["missing"]}
    assert missing == {PINNED: True, "docker.io/library/gone:1": False}
    assert "no route to host" in [item["why"] for item in result["missing"] if item["in_source"]][0]


def test_success_that_is_none(transfer):
    with pytest.raises(image_transfer.Failed, match="CRI-IMAGES-VERIFY.*web:1"):
        transfer(Machine({}, CONTAINERD, loads=False), ["web:1"])


def test_no_room(transfer):
    # the stream, three times as much unpacked, and the reserve
    assert names(transfer(Machine({}, CONTAINERD, free=5 * GIB), ["web:1"])[1]) == [WEB]
    with pytest.raises(image_transfer.Failed, match="CRI-IMAGES-DISK"):
        transfer(Machine({}, CONTAINERD, free=5 * GIB - 1), ["web:1"])
