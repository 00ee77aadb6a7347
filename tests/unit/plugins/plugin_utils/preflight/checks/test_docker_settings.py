# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker's settings do for pods: for both targets, from files, flags and variables as they are found on nodes."""

import json
import re

import pytest
from generators import docker_settings_page
from unit.plugins.plugin_utils.preflight.checks.docker_node import docker_node, judged
from unit.plugins.plugin_utils.preflight.good_node import changed, tokens, with_exceptions

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW, WARNING
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker_sources import info_settings
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_settings, registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Reported, Setting

TARGETS = pytest.mark.parametrize("target", ["containerd", "crio"])
NVIDIA = {"nvidia": {"path": "/usr/bin/nvidia-container-runtime", "runtimeArgs": []}}
NVIDIA_DEFAULT = json.dumps({"default-runtime": "nvidia", "runtimes": NVIDIA})


def one(name, value):
    """daemon.json with one setting."""
    return {"daemon_json": json.dumps({name: value})}


ALLOWABLE = [
    ("default-runtime", "CRI-PF-DEFAULT-RUNTIME", {"daemon_json": NVIDIA_DEFAULT}),
    ("default-runtime", "CRI-PF-DEFAULT-RUNTIME", {"answers": {"default-runtime": "nvidia"}}),
    ("userns-remap", "CRI-PF-USERNS-REMAP", one("userns-remap", "default")),
    ("userns-remap", "CRI-PF-USERNS-REMAP", {"answers": {"userns-remap": True}}),
    ("rootless", "CRI-PF-ROOTLESS", {"flags": "--rootless"}),
    ("default-ulimits", "CRI-PF-DEFAULT-ULIMITS", {"flags": "--default-ulimit nofile=1024:4096"}),  # field case 1
    ("data-root", "CRI-PF-DATA-ROOT", one("data-root", "/data/docker")),
    ("data-root", "CRI-PF-DATA-ROOT", {"flags": "-g /data/docker"}),
    ("log-driver", "CRI-PF-LOG-DRIVER", one("log-driver", "journald")),
    ("log-driver", "CRI-PF-LOG-DRIVER", {"flags": "--log-driver=none"}),
    ("seccomp-profile", "CRI-PF-SECCOMP-PROFILE", one("seccomp-profile", "/etc/docker/seccomp.json")),
    ("seccomp-profile", "CRI-PF-SECCOMP-PROFILE", {"answers": {"seccomp-profile": "unconfined"}}),
    ("storage-quotas", "CRI-PF-STORAGE-QUOTAS", one("storage-opts", ["overlay2.size=10G"])),
    ("storage-quotas", "CRI-PF-STORAGE-QUOTAS", {"flags": "--storage-opt dm.fs=xfs --storage-opt dm.basesize=20G"}),
    ("no-new-privileges", "CRI-PF-NO-NEW-PRIVILEGES", one("no-new-privileges", True)),
    ("init", "CRI-PF-INIT", {"flags": "--init"}),
    ("selinux-enabled", "CRI-PF-SELINUX", {"flags": "--selinux-enabled"}),
    ("cpu-realtime", "CRI-PF-CPU-REALTIME", one("cpu-rt-runtime", 950000)),
    ("default-cgroupns-mode", "CRI-PF-CGROUPNS", one("default-cgroupns-mode", "host")),
    ("docker-ramdisk", "CRI-PF-DOCKER-RAMDISK", {"variables": {"DOCKER_RAMDISK": "1"}}),
    ("docker-environment", "CRI-PF-DOCKER-ENVIRONMENT", {"variables": {"PATH": "/bin", "SITE_MODE": "1"}}),
    ("daemon-settings", "CRI-PF-DAEMON-SETTINGS", one("quantum-bridge", {"a": 1})),
    ("daemon-settings", "CRI-PF-DAEMON-SETTINGS", {"flags": "--quantum-bridge=1"}),
]


@pytest.mark.parametrize("exception, token, docker", ALLOWABLE)
def test_an_exception_turns_a_blocker_into_a_warning(exception, token, docker):
    blocked, allowed, with_others = with_exceptions(exception, docker_node(**docker))
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == exception and "add %s to switchover_allow" % exception in blocked[0]["remedy"]
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    assert tokens(with_others) == [token]


def test_every_exception_of_the_table_is_tried():
    here = {exception for exception, _token, _docker in ALLOWABLE}
    table = {row.outcome.allow for row in docker_settings.ROWS if isinstance(row.outcome, Reported)}
    assert table - {None} - here == {"registry-mirrors", "insecure-registries", "proxies"}  # in test_docker_registries


# The commonest keys in daemon.json files of Kubernetes' installers, and what becomes of them for each target.
COMMON = [
    ("log-opts", {"max-size": "100m"}, "CRI-PF-LOG-OPTIONS"),
    ("registry-mirrors", ["https://mirror.example/"], "CRI-PF-REGISTRY-MIRRORS"),
    ("exec-opts", ["native.cgroupdriver=systemd"], None),
    ("storage-driver", "overlay2", None),
    ("insecure-registries", ["registry.example:5000"], "CRI-PF-INSECURE-REGISTRIES"),
    ("data-root", "/data/docker", "CRI-PF-DATA-ROOT"),
    ("data-root", "/var/lib/docker/", None),
    ("graph", "/data/docker", "CRI-PF-DATA-ROOT"),
    ("live-restore", True, None),
    ("hosts", ["fd://"], None),
    ("hosts", ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"], "CRI-PF-DOCKER-TCP"),
    ("bip", "169.254.123.1/24", None),
    ("log-driver", "json-file", None),
    ("log-level", "warn", None),
    ("storage-opts", ["overlay2.override_kernel_check=true"], None),
    ("max-concurrent-downloads", 10, None),
    ("max-concurrent-uploads", 10, None),
    ("iptables", False, None),
    ("ip-masq", False, None),
    ("ip-forward", True, None),
    ("bridge", "none", None),
    ("userland-proxy", False, None),
    ("experimental", True, None),
    ("default-address-pools", [{"base": "10.10.0.0/16", "size": 24}], None),
    ("dns", ["8.8.8.8"], None),
    ("dns-opts", ["ndots:5"], None),
    ("mtu", 1450, None),
    ("features", {"buildkit": True}, None),
    ("features", {"containerd-snapshotter": True}, "CRI-PF-CONTAINERD-STORE"),
    ("metrics-addr", "0.0.0.0:9323", None),
    ("debug", True, None),
    ("labels", ["zone=a"], None),
    ("group", "docker", None),
    ("oom-score-adjust", -1000, None),
    ("icc", False, None),
    ("tlsverify", True, None),
    ("selinux-enabled", False, None),
    ("no-new-privileges", False, None),
    ("seccomp-profile", "builtin", None),
    ("default-shm-size", "1G", None),
    ("default-cgroupns-mode", "private", None),
    ("shutdown-timeout", 30, None),
    ("min-api-version", "1.24", None),
    ("runtimes", NVIDIA, "CRI-PF-RUNTIMES"),
    ("default-runtime", "runc", None),
    ("default-runtime", "io.containerd.runc.v2", None),
    ("authorization-plugins", ["opa"], "CRI-PF-AUTHORIZATION-PLUGINS"),
    ("containerd-namespace", "moby", None),
    ("nri-opts", {"enable": True}, None),
]


@TARGETS
@pytest.mark.parametrize("name, value, token", COMMON)
def test_the_commonest_keys(name, value, token, target):
    found = judged(docker_node(**one(name, value)), target)
    assert [item["token"] for item in found] == ([token] if token else [])
    other = {"containerd": "CRI-O", "crio": "containerd."}[target]
    assert all(other not in item["message"] + item["remedy"] for item in found if token != "CRI-PF-CONTAINERD-STORE")


@pytest.mark.parametrize("key", ["name", "Name"])
def test_field_cases_3_and_4_ulimits_are_carried_over_to_crio(key):
    """And for containerd they are a blocker that names its unit."""
    limit = {key: "nofile", "hard": 4096, "soft": 1024}
    info = docker_node(**one("default-ulimits", {"nofile": limit}))
    assert info["docker"]["default_ulimits"] == {"nofile": {"soft": 1024, "hard": 4096}}
    assert judged(info, "crio") == []
    (item,) = judged(info, "containerd")
    assert "nofile=1024:4096" in item["message"] and "containerd.service" in item["remedy"]


@TARGETS
def test_field_case_1_the_variable_of_a_start_script(target):
    assert judged(docker_node(variables={"DAEMON_MAXFILES": "1048576", "OPTIONS": "x"}), target) == []


@TARGETS
def test_field_case_5_kubesprays_drop_ins(target):
    flags = "--iptables=false --log-opt max-size=50m --log-opt max-file=5 --dns 10.233.0.3 --dns-opt ndots:2"
    variables = {"DOCKER_OPTS": "--log-opt max-size=50m", "DOCKER_DNS_OPTIONS": "--dns 10.233.0.3"}
    (item,) = judged(docker_node(flags=flags, variables=variables), target)
    assert (item["level"], item["token"]) == ("warning", "CRI-PF-LOG-OPTIONS")
    assert "(max-file, max-size)" in item["message"] and item["details"]["sources"] == ["--log-opt"]


@TARGETS
def test_field_case_6_flags_by_their_own_names(target):
    flags = (
        "--config-file /etc/docker/daemon.json --default-address-pool base=10.10.0.0/16,size=24"
        " --selinux-enabled=false --host unix:///var/run/docker.sock --label a=b"
    )
    assert judged(docker_node(flags=flags), target) == []


def declared(**options):
    handler = {"name": "nvidia", "runtime": "runc", "default": True}
    return [dict(handler, options=options) if options else handler]


@TARGETS
@pytest.mark.parametrize(
    "handlers, blocks",
    [
        (None, True),
        (declared(), True),
        (declared(binary="/usr/bin/nvidia-container-runtime"), False),
        (declared(binary="/opt/nvidia-container-runtime"), True),
        ([{"name": "x", "runtime": "none-such"}], True),
    ],
)
def test_field_case_9_the_default_runtime_is_a_declared_handler(handlers, blocks, target):
    found = judged(docker_node(NVIDIA_DEFAULT), target, declared=handlers)
    assert tokens(found) == (["CRI-PF-DEFAULT-RUNTIME"] if blocks else [])


@pytest.mark.parametrize(
    "runtime, handlers, blocks",
    [
        ({"path": "/usr/bin/runc"}, None, False),  # runc by another name
        ({"path": "runc"}, None, False),
        ({"path": "runc", "runtimeArgs": ["--debug"]}, None, True),
        ({"path": "crun"}, [{"name": "c", "runtime": "crun", "default": True}], False),
        ({"path": "crun"}, None, True),
        ({"runtimeType": "io.containerd.x.v1"}, None, True),
    ],
)
def test_other_default_runtimes(runtime, handlers, blocks):
    info = docker_node(json.dumps({"default-runtime": "mine", "runtimes": {"mine": runtime}}))
    assert [item["token"] for item in judged(info, declared=handlers)] == (["CRI-PF-DEFAULT-RUNTIME"] if blocks else [])


# CRI-O 1.31, of which crun is the default, before its packages are installed and after.
NEW_CRIO = {"packages/candidates": {"cri-o": "1.31.2", "cri-tools": "1.31.0"}, "crio": {"installed": False}}
INSTALLED_CRIO = {
    "crio": {
        "installed": True,
        "version": "1.31.2",
        "programs": {"crun": "/usr/libexec/crio/crun", "conmon": "/usr/bin/conmon"},
        "config": {
            "default_runtime": "crun",
            "runtimes": {
                "crun": {"path": "/usr/libexec/crio/crun", "exists": True},
                "nvidia": {"path": "/usr/bin/nvidia-container-runtime", "exists": True},
            },
        },
    }
}


@pytest.mark.parametrize(
    "target, node, given, program, blocks",
    [
        ("crio", NEW_CRIO, {}, "/usr/bin/crun", False),
        ("crio", INSTALLED_CRIO, {}, "/usr/bin/crun", False),
        ("crio", INSTALLED_CRIO, {}, "runc", True),
        ("crio", INSTALLED_CRIO, {}, "/usr/bin/nvidia-container-runtime", True),
        (
            "crio",
            INSTALLED_CRIO,
            {"switchover_crio_default_runtime": "nvidia"},
            "/usr/bin/nvidia-container-runtime",
            False,
        ),
        ("crio", NEW_CRIO, {"switchover_crio_default_runtime": "runc"}, "/usr/bin/crun", True),
        ("containerd", {}, {}, "/usr/bin/crun", True),
        ("containerd", {}, {"switchover_crio_default_runtime": "crun"}, "/usr/bin/crun", True),
    ],
)
def test_the_default_runtime_is_what_the_target_has_by_default(target, node, given, program, blocks):
    text = json.dumps({"default-runtime": "mine", "runtimes": {"mine": {"path": program}}})
    found = judged(changed(docker_node(text), node), target, given=given)
    assert tokens(found) == (["CRI-PF-DEFAULT-RUNTIME"] if blocks else [])


@TARGETS
def test_userns_remap_is_no_other_data_root(target):
    """docker info says the folder of the mapped root, which is below the setting."""
    answers = info_settings({"SecurityOptions": ["name=userns"], "DockerRootDir": "/var/lib/docker/165536.165536"})
    assert tokens(judged(docker_node(answers=answers), target)) == ["CRI-PF-USERNS-REMAP"]


@TARGETS
def test_zeros_are_defaults(target):
    assert judged(docker_node(flags="--cpu-rt-runtime=0 --cpu-rt-period=0"), target) == []


@pytest.mark.parametrize("keeps", [True, False])
def test_ulimits_that_crio_does_not_carry(keeps):
    info = docker_node(flags="--default-ulimit nofile=1024:4096")
    found = judged(info, "crio", given={"switchover_crio_keep_docker_defaults": keeps})
    assert tokens(found) == ([] if keeps else ["CRI-PF-DEFAULT-ULIMITS"])


@pytest.mark.parametrize("version, blocks", [("19.03.15", True), ("20.10.24", False)])
def test_all_proxy_beside_what_the_daemon_says(version, blocks):
    info = docker_node(
        variables={"ALL_PROXY": "socks5://p", "NO_PROXY": "a"}, answers={"proxies": {"no-proxy": "a"}}, version=version
    )
    assert tokens(judged(info)) == (["CRI-PF-PROXIES"] if blocks else [])


def test_kops():
    """/etc/sysconfig/docker of kops has two variables, of which the unit names one."""
    assert judged(docker_node(environment=["DOCKER_NOFILE"])) == []


ODD = [None, True, 5, -1, 1.5, "a", "", [], [1], [None], ["a"], {}, {"a": 1}, {"a": None}, {"a": {"path": 5}}]
ODD += [{"a": {"Soft": "a"}}, {"a": ["x"]}, [{"base": 1}], {"default": {"httpProxy": "x"}}, [[]], [{}]]


@TARGETS
@pytest.mark.parametrize("row", docker_settings.ROWS, ids=lambda row: row.name)
def test_no_value_breaks_a_check(row, target):
    """Whatever stands in daemon.json is a finding, or none, and never an exception."""
    for key in row.keys:
        for value in ODD:
            info = docker_node(**one(key, value))
            for item in judged(info, target):
                assert item["token"] and item["message"]
            registry.target(target).plan(changed(info, NEW_CRIO))


def test_a_default_runtime_of_any_form():
    for runtime in ODD:
        text = json.dumps({"default-runtime": "a", "runtimes": {"a": runtime}})
        for target in ("containerd", "crio"):
            judged(docker_node(text), target)


@pytest.mark.parametrize("version, value, blocks", [(2, "host", True), (1, "host", False), (1, "private", True)])
def test_cgroup_namespaces_by_the_cgroup_version(version, value, blocks):
    info = changed(docker_node(**one("default-cgroupns-mode", value)), {"cgroup/version": version})
    assert bool(judged(info)) == blocks


def test_options_of_another_log_driver_are_its_own():
    text = json.dumps({"log-driver": "syslog", "log-opts": {"syslog-address": "udp://a"}})
    assert tokens(judged(docker_node(text)), "warning") == []


@TARGETS
def test_where_the_data_goes(target):
    (item,) = judged(docker_node(**one("data-root", "/data/docker")), target)
    wanted = {"containerd": "/var/lib/containerd", "crio": "/var/lib/containers/storage"}[target]
    assert wanted in item["message"] and wanted in item["remedy"]


def test_what_is_accepted_for_one_setting_is_not_accepted_for_another():
    """min-api-version is harmless, and so is not a reason to accept everything else."""
    text = json.dumps(
        {"min-api-version": "1.24", "no-new-privileges": True, "storage-opts": ["size=10G"], "init": True}
    )
    found = judged(docker_node(text), allow=["daemon-settings"])
    assert tokens(found) == ["CRI-PF-NO-NEW-PRIVILEGES", "CRI-PF-INIT", "CRI-PF-STORAGE-QUOTAS"]


def test_a_new_setting_is_one_row(monkeypatch):
    """It is read, judged and documented without another change."""
    dummy = Setting(
        "dummy-key",
        "it is a dummy",
        Reported(WARNING, "CRI-PF-DUMMY", "Docker has a dummy: %(value)s", "remove it before %(title)s comes"),
        flags=("dummy-flag",),
    )
    monkeypatch.setattr(docker_settings, "ROWS", (*docker_settings.ROWS, dummy))
    for docker in (one("dummy-key", "x"), {"flags": "--dummy-flag x"}):
        (item,) = judged(docker_node(**docker), "crio")
        assert (item["token"], item["remedy"]) == ("CRI-PF-DUMMY", "remove it before CRI-O comes")
    line = "| `dummy-key`, `--dummy-flag` | it is a dummy | warning `CRI-PF-DUMMY` |  |"
    assert line in docker_settings_page.page().splitlines()


def test_the_page_has_every_setting_and_every_exception():
    page = docker_settings_page.page()
    for row in docker_settings.ROWS:
        assert docker_settings_page.names(row) in page and row.meaning in page
        assert all(re.search(rf"(^|[ `]){re.escape(name)}([,`]|$)", page, re.M) for name in row.ignored)
        assert all(f"`--{flag}`" in page or flag in row.keys for flag in row.flags)
    assert "CRI-O: carried over; otherwise blocker `CRI-PF-DEFAULT-ULIMITS`" in page
    assert {"no-new-privileges", "daemon-settings"} <= {word for word in page.split("`") if word in ALLOW}
    assert all(len(cell) <= 120 for row in docker_settings.ROWS for cell in docker_settings_page.cells(row))


def test_an_exception_that_nobody_can_set_is_refused(monkeypatch):
    dummy = Setting("dummy", "it is a dummy", Reported("blocker", "CRI-PF-DUMMY", "a", "b", "none-such"))
    monkeypatch.setattr(docker_settings, "ROWS", (*docker_settings.ROWS, dummy))
    with pytest.raises(ValueError, match="none-such"):
        docker_settings_page.page()
