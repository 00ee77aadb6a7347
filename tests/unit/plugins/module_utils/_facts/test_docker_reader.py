"""The reader of Docker on nodes as they are found: files, processes and units, and the recorded answers of a daemon."""

import json
import pathlib

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker_api, io, processes
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import docker as reader
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import start_words
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_options, registry

NODE = pathlib.Path(__file__).parent / "fixtures" / "debian12_dockershim"
ANSWERS = {"/info": "info", "/containers/json?all=1": "containers", "/images/json": "images"}
KUBELET, DOCKERD = 101, 102
LOGIN = '{"auths": {"registry.example": {"auth": "eDp5"}}}'


@pytest.fixture
def node(monkeypatch):
    """A node on which dockerd and kubelet run; a test adds its files, folders, command line and unit."""
    found = Inspection(
        {"images": False, "timeout": 5, "packages": [], "programs": {}}, registry.RUNTIMES, registry.target()
    )
    found.info.update(packages={"installed": {"docker.io": "20.10.24"}}, kubelet={"root_dir": "/var/lib/kubelet"})
    found.pids.update(kubelet=[KUBELET], dockerd=[DOCKERD])
    found.files, found.folders, found.argv, found.cwd = {}, {}, ["/usr/bin/dockerd", "-H", "fd://"], "/"

    def listed(path):
        if path not in found.folders:
            raise OSError(path)
        return found.folders[path]

    def readlink(path):
        assert path == "/proc/%d/cwd" % KUBELET
        return found.cwd

    monkeypatch.setattr(io, "read_text", lambda path, limit=0: found.files.get(path))
    monkeypatch.setattr(io, "read_bytes", lambda path, limit=0: found.files.get(path + " as bytes"))
    monkeypatch.setattr(io, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(processes, "command_line", lambda pid: found.argv if pid == DOCKERD else [])
    monkeypatch.setattr(reader.os, "listdir", listed)
    monkeypatch.setattr(reader.os, "readlink", readlink)
    monkeypatch.setattr(
        docker_api, "get", lambda path, _t: (200, json.loads((NODE / ("docker_%s.json" % ANSWERS[path])).read_text()))
    )
    return found


def facts(node):
    part = {}
    reader.read(node, part, docker_options.read, start_words)
    return part


def test_a_recorded_daemon(node):
    node.files["/etc/docker/daemon.json"] = '{"exec-opts": ["native.cgroupdriver=systemd"], "mtu": 1400}'
    found = facts(node)
    assert (found["version"], found["cgroup_driver"], found["data_root"]) == (
        "20.10.24+dfsg1",
        "systemd",
        "/var/lib/docker",
    )
    assert found["settings"] == {
        "exec-opts": {"value": ["native.cgroupdriver=systemd"], "sources": ["/etc/docker/daemon.json"]},
        "mtu": {"value": 1400, "sources": ["/etc/docker/daemon.json"]},
        "hosts": {"value": ["fd://"], "sources": ["-H"]},
    }
    assert found["daemon_json"] == {
        "exists": True,
        "valid": True,
        "path": "/etc/docker/daemon.json",
        "byte_order_mark": False,
        "empty": False,
        "trailing": False,
        "conflicts": [],
        "doubled": [],
        "mistyped": [],
    }
    assert found["api_ok"] and found["default_ulimits"] == {} and "images" not in found


def test_a_stopped_docker_is_not_asked(node):
    node.pids["dockerd"] = []
    node.files["/etc/docker/daemon.json"] = '{"data-root": "/srv/docker"}'
    found = facts(node)
    assert found["running"] is False and found["api_ok"] is False and found["data_root"] == "/srv/docker"
    assert found["settings"]["data-root"]["sources"] == ["/etc/docker/daemon.json"]


def test_field_case_1_variables_of_a_unit(node):
    """The unit of Amazon Linux 2, with its /etc/sysconfig/docker."""
    node.units["docker.service"] = {
        "ExecStart": "{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// $OPTIONS $DOCKER_ADD_RUNTIMES ; }",
        "EnvironmentFiles": "/etc/sysconfig/docker (ignore_errors=yes)",
        "Environment": "HTTPS_PROXY=http://user:secret@proxy:3128 VENDOR_MODE=1",
    }
    node.files["/etc/sysconfig/docker"] = 'DAEMON_MAXFILES=1048576\nOPTIONS="--default-ulimit nofile=1024:4096"\n'
    node.argv += ["--default-ulimit", "nofile=1024:4096"]
    found = facts(node)
    assert found["environment"] == ["DAEMON_MAXFILES", "HTTPS_PROXY", "VENDOR_MODE"]
    assert found["default_ulimits"] == {"nofile": {"soft": 1024, "hard": 4096}}
    assert found["settings"]["default-ulimits"]["sources"] == ["--default-ulimit"]
    assert found["settings"]["proxies"] == {
        "value": {"https-proxy": "http://********@proxy:3128"},
        "sources": ["HTTPS_PROXY"],
    }


def test_the_environment_of_the_process_counts(node):
    """Such as from DefaultEnvironment= of the manager, which no file of the unit has."""
    node.units["docker.service"] = {"Environment": "HTTP_PROXY=http://of.the.unit"}
    node.files["/proc/%d/environ" % DOCKERD] = "HTTP_PROXY=http://of.the.process\0LANG=C\0"
    assert facts(node)["settings"]["proxies"]["value"] == {"http-proxy": "http://of.the.process"}


@pytest.mark.parametrize(
    "files, environ, cwd, expected",
    [
        # field case 7: /root/.docker/config.json counts only where kubelet has HOME=/root
        ({"/root/.docker/config.json": LOGIN}, "PATH=/bin\0", "/", None),
        ({"/root/.docker/config.json": LOGIN}, "HOME=/root\0", "/", "/root/.docker/config.json"),
        ({"/root/.docker/config.json": LOGIN}, "", "/root", "/root/.docker/config.json"),
        ({"/.docker/config.json": LOGIN}, "HOME=/root\0", "/", "/.docker/config.json"),
        # the first valid file counts, whether it has credentials or not
        ({"/var/lib/kubelet/config.json": LOGIN}, "HOME=/root\0", "/", "/var/lib/kubelet/config.json"),
        ({"/var/lib/kubelet/config.json": "{}", "/root/.docker/config.json": LOGIN}, "HOME=/root\0", "/", None),
        (
            {"/var/lib/kubelet/config.json": "no JSON", "/root/.docker/config.json": LOGIN},
            "HOME=/root\0",
            "/",
            "/root/.docker/config.json",
        ),
        ({}, "HOME=/root\0", "/", None),
    ],
)
def test_field_case_7_logins_that_kubelet_reads(node, files, environ, cwd, expected):
    node.files.update(files)
    node.files["/proc/%d/environ" % KUBELET] = environ
    node.cwd = cwd
    found = facts(node)["settings"].get("docker login")
    wanted = {"value": {"path": expected, "hosts": ["registry.example"]}, "sources": [expected]}
    assert found == (wanted if expected else None)


def test_field_case_8_certificates_of_registries(node):
    node.folders.update(
        {
            "/etc/docker/certs.d": ["registry.example:5000", "empty.example", "file"],
            "/etc/docker/certs.d/registry.example:5000": ["ca.crt", "client.cert", "client.key", "README"],
            "/etc/docker/certs.d/empty.example": [],
        }
    )
    assert facts(node)["settings"]["certs.d"] == {
        "value": {"registry.example:5000": ["ca.crt", "client.cert", "client.key"]},
        "sources": ["/etc/docker/certs.d"],
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_field_case_11_a_byte_order_mark(node, encoding):
    content = '{"mtu": 1400}'.encode(encoding)
    node.files["/etc/docker/daemon.json"] = content.decode("utf-8", "replace")
    node.files["/etc/docker/daemon.json as bytes"] = content
    found = facts(node)
    assert found["daemon_json"]["byte_order_mark"] and found["daemon_json"]["valid"]
    assert found["settings"]["mtu"]["value"] == 1400


def test_bytes_that_are_no_text_are_no_json(node):
    node.files["/etc/docker/daemon.json"] = "\ufffd{}"
    assert facts(node)["daemon_json"]["valid"] is False


def test_another_file(node):
    node.argv += ["--config-file", "/etc/d.json"]
    node.files["/etc/d.json"] = '{"hosts": ["unix:///var/run/docker.sock"]}'
    found = facts(node)
    assert found["daemon_json"]["path"] == "/etc/d.json" and found["daemon_json"]["conflicts"] == ["hosts"]


UNIT = "/lib/systemd/system/docker.service"


def unit(node, exec_start, dropins=""):
    node.units["docker.service"] = {"LoadState": "loaded", "FragmentPath": UNIT, "DropInPaths": dropins}
    node.files[UNIT] = "[Service]\nEnvironmentFile=-/etc/sysconfig/docker\nExecStart=%s\n" % exec_start


def test_what_counts_for_the_next_start_is_the_unit(node):
    """It was changed since the daemon started: its flags are gone, or new."""
    node.files["/etc/docker/daemon.json"] = '{"hosts": ["unix:///var/run/docker.sock"]}'
    unit(node, "/usr/bin/dockerd")
    found = facts(node)
    assert found["daemon_json"]["conflicts"] == [] and found["settings"]["hosts"]["sources"][0] == "-H"
    node.argv = ["/usr/bin/dockerd"]
    unit(node, "/usr/bin/dockerd $OPTIONS")
    assert facts(node)["daemon_json"]["conflicts"] == []
    node.files["/etc/sysconfig/docker"] = "OPTIONS='-H fd:// --debug'\n"
    found = facts(node)
    assert found["daemon_json"]["conflicts"] == ["hosts"] and "debug" not in found["settings"]


def test_drop_ins_that_systemd_has_not_loaded_yet_count(node):
    node.files["/etc/docker/daemon.json"] = '{"data-root": "/srv"}'
    unit(node, "/usr/bin/dockerd -H fd://", "/lib/systemd/system/docker.service.d/50-a.conf")
    node.files["/lib/systemd/system/docker.service.d/50-a.conf"] = "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd\n"
    assert facts(node)["daemon_json"]["conflicts"] == []
    node.folders["/etc/systemd/system/docker.service.d"] = ["60-b.conf", "README"]
    node.files["/etc/systemd/system/docker.service.d/60-b.conf"] = (
        "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --data-root /data --config-file=/etc/d.json\n"
    )
    node.files["/etc/d.json"] = '{"data-root": "/srv", "graph": "/old"}'
    found = facts(node)
    assert found["daemon_json"]["path"] == "/etc/d.json"
    assert found["daemon_json"]["conflicts"] == ["data-root"]
    assert found["daemon_json"]["doubled"] == ["data-root and graph"]
    assert found["settings"]["data-root"]["value"] == "/var/lib/docker"  # as the running one says


@pytest.mark.parametrize("exec_start", ["/usr/libexec/start-docker", "/bin/sh -c 'exec dockerd $OPTS'", ""])
def test_behind_a_script_the_running_daemon_is_all_that_is_known(node, exec_start):
    unit(node, exec_start)
    node.files["/etc/docker/daemon.json"] = '{"hosts": ["unix:///var/run/docker.sock"]}'
    assert facts(node)["daemon_json"]["conflicts"] == ["hosts"]


@pytest.mark.parametrize("exec_start", ["/usr/bin/env PATH=/x /run/torcx/bin/dockerd", "/usr/bin/dockerd-current"])
def test_other_ways_to_start_the_daemon(node, exec_start):
    unit(node, exec_start)
    node.files["/etc/docker/daemon.json"] = '{"hosts": ["unix:///var/run/docker.sock"]}'
    assert facts(node)["daemon_json"]["conflicts"] == []


def test_the_package_was_upgraded_since_the_daemon_started(node):
    node.info["packages"]["installed"] = {"docker-ce": "5:24.0.7-1~debian"}
    found = facts(node)
    assert (found["version"], found["package_version"]) == ("20.10.24+dfsg1", "24.0.7-1~debian")


def test_a_large_installation_stays_small(node):
    """A daemon.json as installers write it, with mirrors, limits, logs and proxies: node_runtime_info has 32 KiB."""
    mirrors = ["https://mirror%d.registry.example.org" % number for number in range(8)]
    keys = {
        "registry-mirrors": mirrors,
        "insecure-registries": ["registry%d.example.org:5000" % number for number in range(8)],
        "log-opts": {"max-size": "100m", "max-file": "3"},
        "default-ulimits": {name: {"Name": name, "Hard": 1, "Soft": 1} for name in ("nofile", "nproc", "memlock")},
        "exec-opts": ["native.cgroupdriver=systemd"],
        "storage-driver": "overlay2",
        "data-root": "/data/docker",
        "live-restore": True,
        "bip": "169.254.123.1/24",
    }
    node.files["/etc/docker/daemon.json"] = json.dumps(keys)
    found = facts(node)
    assert len(json.dumps(found["settings"])) < len(json.dumps(keys)) + 1500
