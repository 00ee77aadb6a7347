"""Staging hands on what each role found: the boot, the handlers and the node's facts as they will be after both."""

from playbooks.fleet.fleet import NODE, STAGE
from unit.plugins.plugin_utils.preflight.checks.test_cgroup_v2 import BOOT

RUNC = {"name": "runc", "runtime": "runc", "default": True}
CRUN = {"name": "crun", "runtime": "crun"}
PROGRAMS = {
    "runc": {"path": "/usr/sbin/runc", "version": "1.1.5"},
    "crun": {"path": "/usr/bin/crun", "version": "1.8.1", "features": ["SYSTEMD"]},
}


def node(host, version, driver):
    """A node that has the handlers' programs, and can be booted into cgroup v2. Nothing has to be installed."""
    return {
        **NODE,
        "node_name": host,
        "hostname": host,
        "fqdn": host,
        "journal": None,
        "crictl": {"installed": True, "path": "/usr/bin/crictl", "version": "1.36.0"},
        "cgroup": {**NODE["cgroup"], "version": version},
        "kubelet": {**NODE["kubelet"], "cgroup_driver": driver},
        "docker": {**NODE["docker"], "cgroup_driver": driver},
        "handlers": {"path": "/usr/bin", "programs": PROGRAMS, "kvm": {"exists": False, "usable": False}},
        "boot": BOOT,
    }


def test_a_boot_and_handlers_reach_all_that_is_staged(fleet):
    nodes = {"w1": (1, "cgroupfs"), "w2": (2, "systemd")}
    facts = {f"{host} node_runtime_info": {"runtime_info": node(host, *now)} for host, now in nodes.items()}
    settings = {"only": ["w1", "w2"], "cgroup_v2": "enable", "handlers": [RUNC, CRUN]}
    run = fleet.run("stage", facts, **settings)
    assert run.code == 0, run.output
    asked = {(host, module): args for host, module, args in run.asked}
    for host, boots in (("w1", True), ("w2", False)):
        assert run.staging(host) == STAGE
        read = asked[host, "node_runtime_info"]
        assert read["boot"] is True and read["handlers"] == [RUNC, CRUN]
        (config,) = [f for f in asked[host, "stage_files"]["files"] if f["path"] == "/etc/containerd/config.toml"]
        assert "SystemdCgroup = true" in config["content"], "as kubelet will have it after the boot"
        assert '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun' in config["content"]
        assert asked[host, "kubelet_files"]["cgroup_driver"] == ("systemd" if boots else "")
        plan = asked[host, "cutover"]
        assert bool(plan["boot"]) is boots and [h["name"] for h in plan["target"]["handlers"]] == ["runc", "crun"]
    classes = [args for _host, module, args in run.asked if module == "runtime_class"]
    assert len(classes) == 1 and [RUNC, CRUN] in classes[0]["handlers"], "once for all hosts"
