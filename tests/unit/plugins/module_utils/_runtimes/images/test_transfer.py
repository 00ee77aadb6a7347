# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers on a simulated machine: what they ask of ctr, docker, skopeo and systemctl, and in which order."""

import collections
import json
import os
import pathlib

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import crio, docker_api, io, processes
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.from_docker import DockerToCrio
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.to_docker import (
    ContainerdToDocker,
    CrioToDocker,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError

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
            lines = [
                "%s type %s 1 MiB linux/amd64 -" % (name, self.containerd[name][0])
                for name in self.containerd
                if not wanted or name in wanted
            ]
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
        name = path[len("/images/") : -len("/json")]
        return (200, self.docker[name]) if name in self.docker else (404, {})


@pytest.fixture
def transfer(monkeypatch):
    def run(machine, images, check=False, **params):
        for name in ("run", "pipe"):
            monkeypatch.setattr(io, name, getattr(machine, name))
        monkeypatch.setattr(processes, "pids_of", machine.processes)
        monkeypatch.setattr(docker_api, "get", machine.docker_get)
        monkeypatch.setattr(io, "Command", machine.content)
        monkeypatch.setattr(io, "which", lambda name: name)
        disk = collections.namedtuple("Disk", "f_bavail f_frsize")(machine.free, 1)
        monkeypatch.setattr(os, "statvfs", lambda path: disk)
        given = dict(images=images, pause_image=None, local_images=False, address="/", namespace="k8s.io", timeout=60)
        given.update(reserve=GIB, hosts_dir=None, store="/")
        made = ContainerdToDocker(dict(given, **params), check)
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
    assert names(result) == [WEB] and made.work.warnings == []
    stop = ["systemctl stop docker.socket", "systemctl stop docker.service"]
    assert machine.did == ["systemctl start docker.service", "carry " + WEB] + stop


def test_it_is_stopped_after_a_failure_too(transfer):
    machine = Machine({}, CONTAINERD, running=False, free=2 * GIB)
    with pytest.raises(TransferError, match="CRI-IMAGES-DISK"):
        transfer(machine, ["web:1"])
    assert machine.did[-1] == "systemctl stop docker.service" and not machine.running


def test_a_docker_that_does_not_start(transfer):
    machine = Machine({}, CONTAINERD, running=False, fails={"systemctl start": (1, "", "Job failed")})
    with pytest.raises(TransferError, match="CRI-IMAGES-TARGET.*Job failed"):
        transfer(machine, ["web:1"])


def test_a_docker_that_does_not_stop_is_reported(transfer):
    machine = Machine({}, CONTAINERD, running=False, fails={"systemctl stop": (1, "", "it hangs")})
    made, result = transfer(machine, ["web:1"])
    assert names(result) == [WEB] and len(made.work.warnings) == 1 and "it hangs" in made.work.warnings[0]


def test_without_images_docker_is_left_alone(transfer):
    machine = Machine({}, {}, running=False)
    assert transfer(machine, [], local_images=True)[1]["changed"] is False
    assert machine.did == []


def test_in_check_mode_nothing_is_started(transfer):
    machine = Machine({}, CONTAINERD, running=False)
    made, result = transfer(machine, ["web:1"], check=True)
    assert names(result) == [WEB] and machine.did == []


def test_digests_are_pulled_and_what_cannot_be_had_is_reported(transfer):
    fails = {"docker pull " + PINNED: (1, "", "no route to host")}
    machine = Machine({}, dict(CONTAINERD, **{PINNED: ["sha256:m3", "sha256:c3"]}), whole={TOOLS}, fails=fails)
    made, result = transfer(machine, ["redis@" + DIGEST, "web:1", "gone:1"])
    assert result["pulled"] == [WEB], "its layers are gone from containerd"
    missing = {item["reference"]: item["in_source"] for item in result["missing"]}
    assert missing == {PINNED: True, "docker.io/library/gone:1": False}
    assert "no route to host" in [item["why"] for item in result["missing"] if item["in_source"]][0]


def test_success_that_is_none(transfer):
    with pytest.raises(TransferError, match="CRI-IMAGES-VERIFY.*web:1"):
        transfer(Machine({}, CONTAINERD, loads=False), ["web:1"])


def test_no_space(transfer):
    # the stream, three times as much unpacked, and the reserve
    assert names(transfer(Machine({}, CONTAINERD, free=5 * GIB), ["web:1"])[1]) == [WEB]
    with pytest.raises(TransferError, match="CRI-IMAGES-DISK"):
        transfer(Machine({}, CONTAINERD, free=5 * GIB - 1), ["web:1"])


# --- to CRI-O


class Store:
    """Docker with images by name, and a folder that skopeo fills as containers/storage would."""

    def __init__(self, folder, docker, **more):
        self.folder, self.docker = folder, docker
        self.fails, self.lies, self.running = more.get("fails", ""), more.get("lies", False), more.get("running", True)
        self.did, self.images, self.layers = [], [], []

    def processes(self, names):
        return {"dockerd": [7] if self.running else []}

    def docker_get(self, path, timeout):
        if path == "/info":
            return 200, {"DockerRootDir": "/"}
        name = path[len("/images/") : -len("/json")]
        return (200, self.docker[name]) if name in self.docker else (404, {})

    def run(self, argv, timeout):
        text = " ".join(word.replace(str(self.folder), "STORE") for word in argv)
        self.did.append(text)
        if self.fails and self.fails in text:
            return 1, "", "no space left"
        if argv[0] == "docker" and "save" in argv:
            path, *names = argv[argv.index("--output") + 1 :]
            pathlib.Path(path).write_text(" ".join(names))
        elif argv[-1].startswith("docker-daemon:") and not self.lies:
            name = argv[-1].partition(":")[2]
            (image,) = [image for image in self.images if name in image["names"]]
            self.docker[name] = {"Id": "sha256:" + image["id"], "Size": 1}
        elif argv[:2] == ["skopeo", "--insecure-policy"] and not self.lies:
            _transport, path, name = argv[-2].split(":", 2)
            if pathlib.Path(path).read_text() != name:
                return 1, "", "writing blob: blob size mismatch"  # of a layer that another image in the archive has
            self.add(argv[-1].partition("]")[2])
        return 0, "", ""

    def add(self, name, whole=True):
        id_ = self.docker[name]["Id"].partition(":")[2]
        self.images.append({"id": id_, "digest": "sha256:m" + id_, "names": [name], "layer": "top" + id_})
        self.layers += [{"id": "top" + id_, "parent": "base"}] + ([{"id": "base"}] if whole else [])
        for kind, value in (("images", self.images), ("layers", self.layers)):
            (self.folder / ("overlay-" + kind)).mkdir(exist_ok=True)
            (self.folder / ("overlay-" + kind) / (kind + ".json")).write_text(json.dumps(value))

    def command(self, argv):
        assert argv[:3] == ["skopeo", "inspect", "--raw"]
        self.did.append("inspect " + argv[3].partition("]")[2])
        text = json.dumps({"config": {"digest": self.docker[argv[3].partition("]")[2]]["Id"]}})
        return collections.namedtuple("Command", "result")(lambda timeout: (0, text, ""))


@pytest.fixture
def to_crio(monkeypatch):
    def run(store, images, check=False, skopeo=True, way=DockerToCrio, **params):
        monkeypatch.setattr(io, "run", store.run)
        monkeypatch.setattr(processes, "pids_of", store.processes)
        monkeypatch.setattr(docker_api, "get", store.docker_get)
        monkeypatch.setattr(io, "Command", store.command)
        monkeypatch.setattr(io, "which", lambda name: name if skopeo else None)
        disk = collections.namedtuple("Disk", "f_bavail f_frsize")(100 * GIB, 1)
        monkeypatch.setattr(os, "statvfs", lambda path: disk)
        given = dict(images=images, pause_image=None, timeout=60, reserve=GIB, store=str(store.folder))
        given.update(local_images=True)
        return way(dict(given, **params), check).run()

    return run


DOCKER = {WEB: {"Id": "sha256:c1", "Size": GIB}, TOOLS: {"Id": "sha256:c2", "Size": 3}}


def test_crios_storage_gets_what_it_lacks_by_name(to_crio, tmp_path):
    store = Store(tmp_path, DOCKER)
    store.add(TOOLS)
    result = to_crio(store, ["web:1", "tools:local"])
    assert (names(result), result["present"], result["changed"]) == ([WEB], [TOOLS], True)
    assert [text.partition(" ")[0] for text in store.did] == ["docker", "skopeo", "inspect", "sync"]
    assert store.did[1].endswith(" containers-storage:[overlay@STORE+/run/containers/storage]" + WEB)
    assert not list(tmp_path.glob(".cri-switchover-*")), "the file is gone"
    again = to_crio(store, ["web:1", "tools:local"])
    # what a run that was killed has left may not be on the disk yet
    assert again["changed"] is False and store.did[-1] == "sync --file-system STORE"


def test_images_that_may_share_layers_are_saved_one_by_one(to_crio, tmp_path):
    assert names(to_crio(Store(tmp_path, DOCKER), ["web:1", "tools:local"])) == [WEB, TOOLS]


def test_an_image_without_all_its_layers_is_carried_again(to_crio, tmp_path):
    store = Store(tmp_path, DOCKER)
    store.add(WEB, whole=False)
    assert names(to_crio(store, ["web:1"], check=True)) == [WEB]


def test_references_with_a_digest_are_pulled_into_it(to_crio, tmp_path, monkeypatch):
    monkeypatch.setattr(crio, "POLICIES", (str(tmp_path),))
    store = Store(tmp_path, {})
    assert to_crio(store, [PINNED])["pulled"] == [PINNED]
    assert store.did[0].startswith("skopeo --policy STORE copy --quiet docker://" + PINNED)
    store.fails = "docker://"
    (missing,) = to_crio(store, [PINNED])["missing"]
    assert missing["in_source"] is True and "no space left" in missing["why"]


def test_a_copy_that_fails_leaves_no_file(to_crio, tmp_path):
    (tmp_path / ".cri-switchover-of-a-killed-run").mkdir()
    store = Store(tmp_path, DOCKER, fails="docker-archive")
    with pytest.raises(TransferError, match="CRI-IMAGES-TRANSFER.*no space left"):
        to_crio(store, ["web:1"])
    assert not list(tmp_path.glob(".cri-switchover-*"))


def test_a_copy_that_lies_is_found_out(to_crio, tmp_path):
    with pytest.raises(TransferError, match="CRI-IMAGES-VERIFY.*CRI-O's storage does not have.*web:1"):
        to_crio(Store(tmp_path, DOCKER, lies=True), ["web:1"])


def test_without_skopeo_only_check_mode_works(to_crio, tmp_path):
    assert names(to_crio(Store(tmp_path, DOCKER), ["web:1"], check=True, skopeo=False)) == [WEB]
    with pytest.raises(TransferError, match="CRI-IMAGES-TARGET.*no skopeo"):
        to_crio(Store(tmp_path, DOCKER), ["web:1"], skopeo=False)


def test_a_store_that_cannot_be_read(to_crio, tmp_path):
    (tmp_path / "overlay-images").mkdir()
    (tmp_path / "overlay-images" / "images.json").write_text("{")
    with pytest.raises(TransferError, match="CRI-IMAGES-TARGET.*not readable"):
        to_crio(Store(tmp_path, DOCKER), ["web:1"])


def test_docker_gets_back_what_only_crio_has(to_crio, tmp_path):
    store = Store(tmp_path, dict(DOCKER))
    store.add(WEB)
    store.add(TOOLS)
    del store.docker[TOOLS]
    result = to_crio(store, ["web:1", "gone:1"], way=CrioToDocker)
    assert (names(result), result["present"], result["changed"]) == ([TOOLS], [WEB], True)
    assert [item["reference"] for item in result["missing"]] == ["docker.io/library/gone:1"]
    assert store.did == [
        "skopeo --insecure-policy copy --quiet containers-storage:[overlay@STORE+/run/containers/storage]%s "
        "docker-daemon:%s" % (TOOLS, TOOLS)
    ]
    assert to_crio(store, ["web:1"], way=CrioToDocker)["changed"] is False


def test_a_docker_that_took_nothing_is_found_out(to_crio, tmp_path):
    store = Store(tmp_path, dict(DOCKER), lies=True)
    store.add(WEB)
    del store.docker[WEB]
    with pytest.raises(TransferError, match="CRI-IMAGES-VERIFY.*Docker does not have.*web:1"):
        to_crio(store, ["web:1"], way=CrioToDocker)


def test_an_image_that_crio_has_in_part_only_comes_from_its_registry(to_crio, tmp_path):
    store = Store(tmp_path, dict(DOCKER))
    store.add(WEB, whole=False)
    del store.docker[WEB]
    assert to_crio(store, ["web:1"], way=CrioToDocker)["pulled"] == [WEB]
