# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is meant for CRI-O, and what its own binary makes of it where the lab has built one."""

import glob
import os
import shutil
import subprocess

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio as config

PROGRAMS = {"conmon": "/usr/bin/conmon", "crun": "/usr/bin/crun", "runc": "/usr/sbin/runc", "skopeo": "/usr/bin/skopeo"}
PACKAGED = {"runtimes": {"crun": {"path": "/usr/bin/crun", "exists": True}, "runc": {"path": "/x", "exists": False}}}
CACHE = os.environ.get("CRI_SWITCHOVER_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "cri-switchover"
)
BINARIES = sorted(glob.glob(os.path.join(CACHE, "artefacts", "cri-o-*", "bin", "crio")))
CRIO = BINARIES[-1] if BINARIES else shutil.which("crio")
# What real binaries made of our file: `printed_by(crio, meant(release, options=...), folder)`.
PRINTED_BY = os.path.join(os.path.dirname(__file__), "crio_configs")
RELEASES = ["1.27.1", "1.34.0"]
HANDLERS = [
    {"name": "runc", "runtime": "runc", "default": True},
    {"name": "fast", "runtime": "crun", "options": {"pod_annotations": ["run.oci.keep_original_groups"]}},
]
RECORDED = {"": None, "handlers-": {"handlers": HANDLERS}}


def info(release="1.34.0", **changes):
    facts = {
        "crio": {"installed": True, "version": release, "binary": "/usr/bin/crio", "programs": PROGRAMS, "config": {}},
        "kubelet": {"cgroup_driver": "systemd", "pause_image": "registry.k8s.io/pause:3.6"},
        "docker": {"version": "20.10.24", "family": "docker.io"},
        "packages": {"manager": "apt", "installed": {}, "candidates": {"cri-tools": "1.36.0"}},
    }
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts.setdefault(part, {})[key] = value
    return facts


def tree(options=None, release="1.34.0", **changes):
    return config.tree(config.settings_of(info(release, **changes), options))["crio"]


# --- the drop-in


@pytest.mark.parametrize("driver, group", [("systemd", "system.slice"), ("cgroupfs", "pod")])
def test_kubelets_cgroup_driver(driver, group):
    runtime = tree(kubelet__cgroup_driver=driver)["runtime"]
    assert (runtime["cgroup_manager"], runtime["conmon_cgroup"]) == (driver, group)


def test_another_slice():
    assert tree({"monitor_slice": "crio.slice"})["runtime"]["conmon_cgroup"] == "crio.slice"


def test_capabilities_and_ulimits_like_docker():
    limits = {"nofile": {"Name": "nofile", "Hard": 65536, "Soft": 1024}, "core": {"Name": "core", "Hard": 0, "Soft": 0}}
    runtime = tree(docker__default_ulimits=limits)["runtime"]
    assert {"NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"} < set(runtime["default_capabilities"])
    assert runtime["default_ulimits"] == ["core=0:0", "nofile=1024:65536"]
    assert "default_capabilities" not in tree({"like_docker": False})["runtime"]


def test_network_as_kubelet_had_it():
    facts = {"kubelet__cni_bin_dir": "/a,/b", "kubelet__cni_conf_dir": "/etc/kube/net.d"}
    assert tree(**facts)["network"] == {"network_dir": "/etc/kube/net.d", "plugin_dirs": ["/a", "/b"]}


@pytest.mark.parametrize(
    "release, existing, tables, default, handlers",
    [
        # the packages' default is not there, and they were content with the other one
        ("1.34.0", {"default_runtime": "crun", "runtimes": {
            "crun": {"path": "/usr/bin/crun", "exists": False}, "runc": {"path": "/usr/sbin/runc", "exists": True},
        }}, [], "runc", ["runc"]),
        # whatever else lies about is nobody's handler
        ("1.34.0", {}, ["crun"], "crun", ["crun"]),
        ("1.28.4", {}, ["runc"], "runc", ["runc"]),
        # the package's own table stays; one whose program is not there is nobody's handler
        ("1.34.0", PACKAGED, [], "crun", ["crun"]),
        ("1.34.0", dict(PACKAGED, default_runtime="nvidia", runtimes=dict(
            PACKAGED["runtimes"], nvidia={"path": "/n", "exists": True})), [], "nvidia", ["crun", "nvidia"]),
    ],
)  # fmt: skip
def test_runtimes(release, existing, tables, default, handlers):
    facts = info(release, crio__config=existing)
    runtime = config.tree(config.settings_of(facts))["crio"]["runtime"]
    assert sorted(runtime.get("runtimes", {})) == tables and runtime["default_runtime"] == default
    assert config.plan(facts)["handlers"] == [{"name": name} for name in handlers]


def test_before_it_is_installed_nobody_knows_its_runtimes():
    """Docker's runc is there, the packages' crun is not."""
    facts = info(crio__installed=False, crio__programs={"runc": "/usr/sbin/runc"},
                 packages__candidates={"cri-o": "1.34.0-1.1"})  # fmt: skip
    plan = config.plan(facts)
    assert plan["handlers"] == [{"name": "crun"}] and "runtimes" not in config.tree(plan["settings"])["crio"]["runtime"]


def test_a_table_names_its_monitor():
    assert tree(release="1.28.4")["runtime"]["runtimes"]["runc"] == {
        "runtime_path": "/usr/sbin/runc", "runtime_type": "oci", "runtime_root": "/run/runc",
        "monitor_path": "/usr/bin/conmon",
    }  # fmt: skip


DECLARED = [{"name": "plain", "runtime": "runc", "default": True}, {"name": "crun", "runtime": "crun"}]


def test_declared_handlers_are_all_that_is_meant():
    programs = {name: {"path": path, "version": "1.20"} for name, path in PROGRAMS.items()}
    facts = info(crio__config=PACKAGED, handlers__programs=programs)
    plan = config.plan(facts, {"handlers": DECLARED})
    runtime = config.tree(plan["settings"])["crio"]["runtime"]
    assert runtime["default_runtime"] == "plain" and sorted(runtime["runtimes"]) == ["crun", "plain"]
    assert runtime["runtimes"]["plain"]["runtime_path"] == "/usr/sbin/runc"
    assert plan["handlers"] == [
        {"name": "plain", "runtime": "runc"}, {"name": "crun", "runtime": "crun", "runtime_class": "crun"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options, told",
    [
        ({"handlers": [{"name": "runc"}]}, "switchover_handlers: .*runtime is None"),
        ({"handlers": DECLARED, "default_runtime": "crun"}, "plain as the default, target_crio_default_runtime crun"),
        ({"handlers": DECLARED + [{"name": "gvisor", "runtime": "runsc"}]}, "handler gvisor"),
    ],
)
def test_handlers_that_cannot_be(options, told):
    with pytest.raises(config.CrioConfigError, match=told):
        config.plan(info(), options)


LOCAL = [
    {"tags": ["tools:local"], "local_only": True},
    {"tags": ["web:1"], "local_only": False},
]


@pytest.mark.parametrize(
    "release, images, options, wanted",
    [
        ("1.34.0", LOCAL, None, {"internal_repair": False}),
        ("1.28.0", LOCAL, None, {"clean_shutdown_file": ""}),
        ("1.34.0", LOCAL[1:], None, {}),
        ("1.34.0", LOCAL, {"repair": True}, {}),
        ("1.34.0", [], {"repair": False}, {"internal_repair": False}),
        ("1.34.0", [], {"root": "/data/storage"}, {"root": "/data/storage"}),
    ],
)
def test_what_no_registry_has_is_never_removed(release, images, options, wanted):
    seen = tree(options, release, docker__images=images)
    assert {key: value for key, value in seen.items() if not isinstance(value, dict)} == wanted


def test_images_without_a_registry_are_pinned_beside_those_that_are():
    existing = {"pinned_images": ["mine*"]}
    name = "docker.io/library/tools:local"
    assert tree(docker__images=LOCAL, crio__config=existing)["image"]["pinned_images"] == [name, "mine*"]
    assert "pinned_images" not in tree(release="1.27.0", docker__images=LOCAL)["image"]
    assert "pinned_images" not in tree(docker__images=LOCAL[1:], crio__config=existing)["image"]


def test_the_text_is_toml():
    tomllib = pytest.importorskip("tomllib")
    settings = config.settings_of(info(docker__images=LOCAL), {"root": '/data "x"/ü'})
    assert tomllib.loads(config.render(settings)) == config.tree(settings)


# --- the plan


def test_plan():
    plan = config.plan(info())
    assert [item["path"] for item in plan["files"]] == [
        "/etc/crio/crio.conf.d/90-cri-switchover.conf",
        "/etc/containers/policy.json",
        "/etc/containers/storage.conf",
        "/etc/dpkg/dpkg.cfg.d/cri-switchover",
        "/etc/modules-load.d/cri-switchover.conf",
        "/etc/sysctl.d/99-zz-cri-switchover.conf",
        "/etc/crictl.yaml",
    ]
    assert "unix:///var/run/crio/crio.sock" in plan["files"][-1]["content"]
    assert (plan["runtime"], plan["service"], plan["version_prefix"]) == ("crio", "crio.service", "cri-o://")
    assert plan["files"][3]["content"].endswith("\npath-exclude=/etc/cni/net.d/*crio*\n")
    assert plan["packages"] == ["cri-tools"] and plan["version"] == "1.34.0"
    assert config.DPKG not in [item["path"] for item in config.plan(info(packages__manager="dnf"))["files"]]


def test_it_has_all_that_containerds_has():
    other = config.containerd.plan(info(containerd__installed=True, containerd__version="1.7.24"))
    assert set(other) == set(config.plan(info()))


def test_files_of_others_stay():
    facts = info(crio__policies=PACKAGED_POLICY, crio__storage={"file": "/usr/share/containers/storage.conf"})
    paths = [item["path"] for item in config.plan(facts)["files"]]
    assert config.POLICY not in paths and config.STORAGE not in paths and config.REGISTRIES not in paths


PACKAGED_POLICY = [{"path": "/etc/crio/policy.json", "accepts_all": True}]
BOTH_POLICIES = PACKAGED_POLICY + [{"path": "/etc/containers/policy.json", "accepts_all": False}]


@pytest.mark.parametrize(
    "kubelet, release, policies, unset, written",
    [
        # CRI-O's packages set signature_policy, and this kubelet does not tell what that needs
        ("1.23.17", "1.34.0", [], True, True),
        ("1.27.16", "1.28.0", PACKAGED_POLICY, True, True),
        ("1.23.17", "1.34.0", BOTH_POLICIES, True, False),
        ("1.28.0", "1.34.0", PACKAGED_POLICY, False, False),
        ("1.28.0", "1.34.0", [], False, True),
        ("1.23.17", "1.27.4", PACKAGED_POLICY, False, False),
    ],
)
def test_an_old_kubelet_does_not_tell_the_images_names(kubelet, release, policies, unset, written):
    plan = config.plan(info(release, kubelet__version=kubelet, crio__policies=policies))
    image = config.tree(plan["settings"])["crio"]["image"]
    assert (image.get("signature_policy") == "") is unset
    assert (config.POLICY in [item["path"] for item in plan["files"]]) is written


def test_short_names_only_if_asked():
    plan = config.plan(info(), {"unqualified_registries": ["docker.io"]})
    (file,) = [item for item in plan["files"] if item["path"] == config.REGISTRIES]
    assert file["content"].endswith('\nunqualified-search-registries = ["docker.io"]\n')


@pytest.mark.parametrize(
    "installed, programs, candidates, wanted",
    [
        (False, {}, {"cri-o": "1.34.0-1.1"}, ["cri-o", "skopeo"]),
        (False, {}, {"cri-o": "1.24.6~0", "cri-o-runc": "1.0.1~2"}, ["cri-o", "cri-o-runc", "skopeo"]),
        (False, {"runc": "/usr/sbin/runc"}, {"cri-o": "1.24.6~0", "cri-o-runc": "1.0.1~2"}, ["cri-o", "skopeo"]),
        (True, {"skopeo": "/usr/bin/skopeo", "crun": "/usr/bin/crun"}, {}, ["conmon"]),
        (True, PROGRAMS, {}, []),
    ],
)
def test_packages(installed, programs, candidates, wanted):
    facts = info(
        crio__installed=installed, crio__programs=programs, crictl__installed=True, packages__candidates=candidates
    )
    plan = config.plan(facts)
    assert plan["packages"] == wanted
    assert bool(plan["validate"]) is installed, "nothing can be validated by what is not there"


@pytest.mark.parametrize(
    "text, changes, options",
    [
        ("1.20 is the oldest", {"release": "1.19.7"}, None),
        ("neither installed nor offered", {"release": None}, None),
        ("cgroup driver", {"kubelet__cgroup_driver": None}, None),
        ("set switchover_pause_image", {"kubelet__pause_image": None}, None),
        ("control character", {}, {"root": "/da\nta"}),
        ("unknown options: colour", {}, {"colour": "red"}),
        ("slice of systemd", {}, {"monitor_slice": "pod"}),
        ("default runtime is youki, CRI-O would have none", {}, {"default_runtime": "youki"}),
    ],
)
def test_refusals(text, changes, options):
    with pytest.raises(config.CrioConfigError) as caught:
        config.plan(info(**changes), options)
    assert text in str(caught.value)


def test_empty_options_take_their_defaults():
    options = {"pause_image": "", "root": "", "default_runtime": "", "repair": None}
    assert config.settings_of(info(), options) == config.settings_of(info())


# --- what CRI-O prints

PRINTED = """
[crio]

# Path to the "root directory". CRI-O stores all of its data, including
# root = "/var/lib/containers/storage"

# internal_repair = true

[crio.runtime]

# default_ulimits = [
# ]

conmon_cgroup = "pod"
# cgroup_manager = "systemd"

# # a remark = "no value"
# default_capabilities = [
# \t"CHOWN",
# \t"NET_BIND_SERVICE",
# ]
pids_limit = -1

# [crio.runtime.runtimes.runtime-handler]
# runtime_path = "/path/to/the/executable"

[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
allowed_annotations = [
\t"io.containers.trace-syscall",
]

[crio.image]
# pause_image = "registry.k8s.io/pause:3.10"
"""


def test_values_and_defaults_are_read():
    seen = config.read_config(PRINTED)
    runtime = ("crio", "runtime")
    assert seen[("crio", "root")] == "/var/lib/containers/storage" and seen[("crio", "internal_repair")] is True
    assert seen[runtime + ("default_ulimits",)] == [] and seen[runtime + ("conmon_cgroup",)] == "pod"
    assert seen[runtime + ("default_capabilities",)] == ["CHOWN", "NET_BIND_SERVICE"]
    assert seen[runtime + ("pids_limit",)] == -1 and seen[runtime + ("cgroup_manager",)] == "systemd"
    assert seen[runtime + ("runtimes", "crun", "runtime_path")] == "/usr/bin/crun"
    assert seen[("crio", "image", "pause_image")] == "registry.k8s.io/pause:3.10"
    assert not [path for path in seen if "remark" in path]


def test_what_is_not_as_meant_is_named():
    settings = config.settings_of(info(crio__config=PACKAGED), {"like_docker": False, "root": "/data"})
    assert config.check(PRINTED, settings) == [
        "crio.root is '/var/lib/containers/storage', wanted '/data'",
        "crio.runtime.conmon_cgroup is 'pod', wanted 'system.slice'",
        "crio.runtime.default_runtime is None, wanted 'crun'",
        "crio.image.pause_image is 'registry.k8s.io/pause:3.10', wanted 'registry.k8s.io/pause:3.6'",
        "crio.network.network_dir is None, wanted '/etc/cni/net.d'",
        "crio.network.plugin_dirs is None, wanted ['/opt/cni/bin']",
    ]


@pytest.mark.parametrize("code", [0, 3])
def test_the_command_that_validates(tmp_path, code):
    """It lays the staged file beside the live ones, keeps what has values, and ends as CRI-O does."""
    crio = tmp_path / "crio"
    printed = tmp_path / "printed"
    kept = ["[crio]", '# root = "/r"', "default_ulimits = [", '\t"a",', "]"]
    printed.write_text("\n".join(["# All about it."] + kept + ["", "#", "# See this."]) + "\n")
    look = '[ "$1$2$3" = "--config--config-dir" ] && [ "$5" = config ] && ls "$4" >&2'
    crio.write_text("#!/bin/sh\n%s\ncat %s\nexit %d\n" % (look, printed, code))
    crio.chmod(0o755)
    staged = tmp_path / config.CONFIG.lstrip("/")
    staged.parent.mkdir(parents=True)
    staged.write_text("")
    argv = [word.replace("{staged}", str(tmp_path)) for word in config.validation(str(crio))]
    answer = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert answer.returncode == code and "90-cri-switchover.conf" in answer.stderr.splitlines()
    assert answer.stdout.splitlines() == (kept if code == 0 else [])


def meant(release="1.34.0", driver="systemd", options=None):
    limits = {"nofile": {"Name": "nofile", "Hard": 65536, "Soft": 1024}}
    facts = info(release, kubelet__cgroup_driver=driver, kubelet__version="1.23.17",
                 docker__images=LOCAL, docker__default_ulimits=limits, handlers__programs={
                     name: {"path": PROGRAMS[name], "version": "1.21"} for name in ("crun", "runc")})  # fmt: skip
    return config.plan(facts, options)


def printed_by(crio, plan, folder):
    """By the command that validates on a node, beside what a package and an operator may have left there."""
    for item in plan["files"]:
        target = folder / item["path"].lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(item["content"])
    packaged = folder / config.FOLDER.lstrip("/") / "10-crio.conf"
    packaged.write_text('[crio.image]\nsignature_policy = "/etc/crio/policy.json"\n')
    argv = [word.replace("{staged}", str(folder)) for word in config.validation(crio)]
    answer = subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    return answer.stdout


def assert_read_as_meant(printed, settings):
    assert config.check(printed, settings) == [] and len(printed) < 32768
    driver = settings["cgroup_manager"]
    other = dict(settings, cgroup_manager="cgroupfs" if driver == "systemd" else "systemd")
    assert any("cgroup_manager" in problem for problem in config.check(printed, other))


@pytest.mark.skipif(CRIO is None, reason="the lab has not built CRI-O: ./lab serve repo-crio does")
@pytest.mark.parametrize("driver", ["systemd", "cgroupfs"])
@pytest.mark.parametrize("options", [None, {"like_docker": False, "root": "/data/storage", "default_runtime": "runc"}])
def test_the_real_binary_reads_it_as_meant(tmp_path, driver, options):
    plan = meant(driver=driver, options=options)
    assert_read_as_meant(printed_by(CRIO, plan, tmp_path), plan["settings"])


@pytest.mark.parametrize("what", RECORDED)
@pytest.mark.parametrize("release", RELEASES)
def test_each_release_read_it_as_meant(release, what):
    with open(os.path.join(PRINTED_BY, what + release + ".toml")) as stream:
        assert_read_as_meant(stream.read(), meant(release, options=RECORDED[what])["settings"])
