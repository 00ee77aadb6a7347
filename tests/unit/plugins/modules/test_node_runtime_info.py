"""node_runtime_info as a whole: on this machine, on a node that breaks, and on a simulated one with dockershim."""

import json
import pathlib

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker_api, io, processes
from ansible_collections.cri.switchover.plugins.modules import node_runtime_info

NODE = pathlib.Path(__file__).parents[1] / "module_utils" / "_facts" / "fixtures" / "debian12_dockershim"
PARTS = [name for name, _read in node_runtime_info.PARTS]
TOP = ("schema", "hostname", "fqdn", "node_name", "os", "time", "boot_id", "uptime_s")
AFTER = ("config_management", "sockets", "static_pods", "journal")
KUBELET, DOCKERD = 101, 102
ANSWERS = {"/info": "info", "/containers/json?all=1": "containers", "/images/json": "images"}


def gather(**params):
    given = {"target": "containerd", "packages": [], "images": True, "handlers": [], "boot": False, "timeout": 30}
    return node_runtime_info.gather(dict(given, **params))


HANDLERS = [
    {"name": "sh", "runtime": "runc", "default": True, "options": {"binary": "/bin/sh"}},
    {"name": "none-such", "runtime": "runsc", "options": {"binary": "/none-such"}},
]


@pytest.mark.parametrize("params", [{}, {"target": "crio", "handlers": HANDLERS, "boot": True}])
def test_on_this_machine(params):
    info = gather(**params)
    assert list(info)[: len(TOP)] == list(TOP) and list(info)[-len(AFTER) :] == list(AFTER)
    assert [name for name in info if name in PARTS] == PARTS
    assert json.loads(json.dumps(info)) == info
    # where systemd does not run, systemctl says so
    assert info.get("error", "systemctl").startswith("systemctl")
    assert "error" not in info["kubelet"] and "error" not in info["disk"]
    if params:
        found = info["handlers"]["programs"]
        assert found["runsc"] is None and found["runc"]["path"] == "/bin/sh" and "containerd-shim-runsc-v1" in found


def test_a_part_that_breaks_hides_no_other(monkeypatch):
    def broken(*_args):
        raise OSError("not today")

    monkeypatch.setattr(processes, "pids_of", broken)
    monkeypatch.setattr(io, "read_folder", broken)
    info = gather()
    assert info["error"] == "OSError: not today" and info["cni"] == {"error": "OSError: not today"}
    assert set(PARTS) <= set(info) and info["cgroup"]["version"] in (1, 2)


class Command:
    """Answers as the recorded node did."""

    def __init__(self, argv):
        self.argv, self.process = argv, None

    def result(self, _timeout):
        if self.argv[0] == "systemctl":
            return 0, (NODE / "systemctl_show.txt").read_text(), ""
        if self.argv[0] == "dpkg-query":
            return 0, (NODE / "dpkg_query.txt").read_text(), ""
        return 0, {"containerd": "containerd github.com/containerd/containerd 1.6.20~ds1 x"}.get(self.argv[0], ""), ""


@pytest.fixture
def recorded(monkeypatch):
    """A node of which commands, processes and Docker's API answer; of files there are only those of `files`."""
    files = {"/proc/self/mounts": (NODE / "mounts.txt").read_text(), "/etc/docker/daemon.json": '{"x": "token=abc"}'}
    argv = {KUBELET: ["/usr/bin/kubelet", "--network-plugin=cni", "--hostname-override=n1"], DOCKERD: ["dockerd"]}
    running = {"kubelet": [KUBELET], "dockerd": [DOCKERD]}
    monkeypatch.setattr(io, "Command", Command)
    monkeypatch.setattr(io, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(io, "read_text", lambda path, limit=0: files.get(path))
    monkeypatch.setattr(io, "read_bytes", lambda path, limit=0: None)
    monkeypatch.setattr(io, "read_folder", lambda path, suffixes, most=200: {})
    monkeypatch.setattr(processes, "pids_of", lambda names: {name: running.get(name, []) for name in names})
    monkeypatch.setattr(processes, "command_line", lambda pid: argv.get(pid, []))
    monkeypatch.setattr(processes, "unit_of", lambda pid: "kubelet.service")
    monkeypatch.setattr(node_runtime_info.kubelet.os, "readlink", lambda path: "/usr/bin/kubelet")
    monkeypatch.setattr(
        docker_api, "get", lambda path, _t: (200, json.loads((NODE / ("docker_%s.json" % ANSWERS[path])).read_text()))
    )
    return files


def test_a_recorded_node_with_dockershim(recorded):
    info = gather(images=False)
    assert info["node_name"] == "n1"
    assert info["kubelet"]["running"] and info["kubelet"]["args"]["network-plugin"] == "cni"
    assert [flag["source"] for flag in info["kubelet"]["flags"]] == [None, None]
    assert info["docker"]["api_ok"] and info["docker"]["family"] == "docker.io" and "images" not in info["docker"]
    assert info["docker"]["containers"]["kubernetes"] == 14
    assert info["docker"]["daemon_json"]["exists"] and info["docker"]["version"].startswith("20.10.24")
    assert info["containerd"]["version"] == "1.6.20~ds1" and info["containerd"]["config"]["exists"] is False
    assert info["packages"]["manager"] == "apt" and info["os"]["systemd"] == 252
    assert info["disk"]["docker"]["path"] == "/var/lib/docker"
    assert info["journal"] is None


def test_no_reader_takes_the_others_facts(recorded, monkeypatch):
    def broken(*_args):
        raise KeyError("odd")

    recorded["/var/lib/cri-switchover/journal.json"] = '{"schema": 1, "phase": "finalized"}'
    recorded["/var/lib/cri-switchover/plan.json"] = '{"files": [{"path": "/etc/x"}]}'
    monkeypatch.setattr(node_runtime_info, "config_management", broken)
    monkeypatch.setattr(node_runtime_info.sockets, "existing", broken)
    monkeypatch.setattr(node_runtime_info.static_pods, "pods_in", broken)
    info = gather()
    assert info["docker"]["api_ok"] and info["error"].count("KeyError: 'odd'") == 3
    assert (info["config_management"], info["sockets"], info["static_pods"]) == ([], [], [])
    assert info["journal"]["phase"] == "finalized" and "plan.json is damaged" in info["journal"]["error"]
    recorded["/run/cri-switchover.lock-owner"] = '{"until": "soon"}'
    assert "error" in gather()["journal"]


IMAGES = [
    "quay.io/external-secrets/external-secrets:v0.9.11",
    "bitnami/sealed-secrets-controller:v0.24.0",
    "hashicorp/vault-secrets-operator:0.4.0",
    "secrets-registry.corp:5000/pause:3.9",
    "harbor.internalregistry.com/pause:3.9",
]


def test_names_of_images_leave_the_node_as_they_are(recorded, monkeypatch):
    def get(path, _timeout):
        answer = json.loads((NODE / ("docker_%s.json" % ANSWERS[path])).read_text())
        if path.startswith("/images"):
            answer[0]["RepoTags"] = IMAGES
        return 200, answer

    monkeypatch.setattr(docker_api, "get", get)
    recorded["/var/lib/cri-switchover/journal.json"] = json.dumps(
        {"schema": 1, "phase": "reverted", "settings": {"switchover_pause_image": IMAGES[3]}}
    )
    info = node_runtime_info.reported(gather())
    assert sorted(IMAGES) in [image["tags"] for image in info["docker"]["images"]]
    assert info["journal"]["settings"] == {"switchover_pause_image": IMAGES[3]}


def test_declared_handlers_are_looked_up_as_packages_too(recorded):
    declared = [
        {"name": "runc", "runtime": "runc", "default": True, "options": {"binary": "/opt/runc"}},
        {"name": "crun", "runtime": "crun"},
    ]
    facts = gather(handlers=declared, packages=["cri-tools"])
    assert set(facts["handlers"]["programs"]) == {"runc", "crun"}
    assert "crun" in facts["packages"]["candidates"] and "runc" not in facts["packages"]["candidates"]
    assert gather()["handlers"] == {}


def test_what_pods_can_have_of_cgroup_v2_is_a_fact(recorded):
    """The verification asks for user namespaces by it."""
    assert set(gather()["cgroup"]["features"]) == {"memory QoS", "PSI", "user namespaces"}
    assert gather()["cgroup"]["features"]["user namespaces"]


def test_a_declaration_that_cannot_be_used_is_refused_and_its_urls_are_masked(monkeypatch):
    class Module:
        def __init__(self, argument_spec, supports_check_mode):
            assert argument_spec["handlers"]["no_log"]
            url = "https://ann:secret@files.example/runsc"
            self.params = {name: option.get("default") for name, option in argument_spec.items()}
            self.params["handlers"] = [{"name": "x", "runtime": "kata", "options": {"runsc_from": url, "n": 5}}]
            self.no_log_values = {"x", "kata", "5", url}
            Module.made = self

        def fail_json(self, **result):
            raise RuntimeError(result)

    monkeypatch.setattr(node_runtime_info, "AnsibleModule", Module)
    with pytest.raises(RuntimeError) as caught:
        node_runtime_info.main()
    (result,) = caught.value.args
    assert result["reason"] == "CRI-SETTINGS-VALUE" and "runtime is 'kata'" in result["msg"]
    assert Module.made.no_log_values == {"https://ann:secret@files.example/runsc"}


def test_what_leaves_the_node_is_masked(recorded, monkeypatch):
    class Module:
        def __init__(self, argument_spec, supports_check_mode):
            assert supports_check_mode
            self.params = {name: option.get("default") for name, option in argument_spec.items()}
            self.no_log_values = set()

        def exit_json(self, **result):
            Module.result = result

    monkeypatch.setattr(node_runtime_info, "AnsibleModule", Module)
    node_runtime_info.main()
    assert Module.result["changed"] is False
    assert Module.result["runtime_info"]["docker"]["settings"]["x"]["value"] == "token=********"
    assert list(Module.result["runtime_info"])[-1] == "boot" and Module.result["runtime_info"]["boot"] == {}


def test_the_settings_of_a_switch_leave_the_node_as_they_are():
    """They are compared with the host's: a mask, or a missing end, would be a change for ever."""
    settings = {
        "switchover_pause_image": "secrets-registry.corp:5000/pause:3.9",
        "switchover_containerd_imports": ["/etc/%d.toml" % number for number in range(20000)],
        "switchover_handlers": [{"options": {"flags": {"credentials-file": "x" * 1000}}}],
        "switchover_crio_unqualified_registries": ["harbor.internalregistry.com"],
    }
    journal = {"settings": settings, "pause_image": "harbor.internalregistry.com/pause:3.9", "store": "/s" * 500}
    info = {"os": {}, "journal": dict(journal, why="token=abc"), "boot": {}}
    found = node_runtime_info.reported(info)
    assert found["journal"] == dict(journal, why="token=********") and list(found)[-1] == "boot"
    assert node_runtime_info.reported({"journal": None, "boot": {}}) == {"journal": None, "boot": {}}
    torn = {"journal": {"error": "not readable"}, "boot": {}}
    assert node_runtime_info.reported(torn) == torn
