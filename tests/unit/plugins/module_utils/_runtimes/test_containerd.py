# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd as config

# What each release's own binary made of our file: `containerd --config FILE config dump`.
DUMPS = os.path.join(os.path.dirname(__file__), "containerd_dumps")
RELEASES = ["1.6.20", "1.7.24", "2.0.4", "2.1.3", "2.2.0", "2.3.0"]
# The same with runtime handlers: of those releases whose binaries were at hand.
WITH_HANDLERS = ["1.6.20", "1.7.24", "2.1.9"]
HANDLERS = [
    {"name": "crun", "runtime": "crun", "default": True},
    {"name": "runc", "runtime": "runc", "options": {"binary": "/opt/runc"}},
    {"name": "gvisor", "runtime": "runsc", "options": {"platform": "ptrace", "pod_annotations": ["dev.gvisor.*"]}},
    {"name": "runsc", "runtime": "runsc", "options": {"shim": "/opt/containerd-shim-runsc-v1"}},
]
V1 = "io.containerd.grpc.v1.cri"
RUNTIME, IMAGES, TRANSFER = (
    "io.containerd.cri.v1.runtime",
    "io.containerd.cri.v1.images",
    "io.containerd.transfer.v1.local",
)


def info(release="1.6.20", **changes):
    facts = {
        "containerd": {"installed": True, "version": release, "binary": "/usr/bin/containerd"},
        "kubelet": {"cgroup_driver": "systemd", "pause_image": "registry.k8s.io/pause:3.6"},
        "docker": {"version": "20.10.24", "family": "docker.io"},
        "packages": {"manager": "apt", "installed": {"containerd": release}, "candidates": {"cri-tools": "1.36.0"}},
    }
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts.setdefault(part, {})[key] = value
    return facts


def with_handlers(release):
    names = ("crun", "runsc", "containerd-shim-runsc-v1")
    programs = {name: {"path": "/usr/bin/" + name, "version": None} for name in names}
    programs["crun"]["version"] = "1.21"
    programs.update(runc={"path": "/opt/runc", "version": "1.2.0"})
    return info(release, handlers__programs=programs, handlers__path="/usr/bin")


def tree(release, options=None, **changes):
    return config.tree(config.settings_of(info(release, **changes), options))


@pytest.mark.parametrize("release", RELEASES)
def test_the_releases_own_binary_reads_it_as_meant(release):
    with open(os.path.join(DUMPS, release + ".toml")) as stream:
        dump = stream.read()
    settings = config.settings_of(info(release))
    assert config.check(dump, settings) == []
    assert config.check(dump, dict(settings, systemd_cgroup=False)) == [
        "plugins.%s.containerd.runtimes.runc.options.SystemdCgroup is True, wanted False"
        % (V1 if release.startswith("1.") else RUNTIME)
    ]


@pytest.mark.parametrize("release", WITH_HANDLERS)
def test_the_releases_own_binary_reads_handlers_as_meant(release):
    with open(os.path.join(DUMPS, "handlers-%s.toml" % release)) as stream:
        dump = stream.read()
    settings = config.settings_of(with_handlers(release), {"handlers": HANDLERS})
    assert config.check(dump, settings) == []
    runtimes = ("plugins", V1 if release.startswith("1.") else RUNTIME, "containerd", "runtimes")
    seen = {path[len(runtimes) :]: value for path, value in config.read_dump(dump).items() if path[:4] == runtimes}
    assert {path[0] for path in seen} == {"crun", "runc", "gvisor", "runsc"}
    assert seen["crun", "options", "BinaryName"] == "/usr/bin/crun"
    assert seen["crun", "options", "SystemdCgroup"] is seen["runc", "options", "SystemdCgroup"] is True
    assert seen["gvisor", "runtime_type"] == "io.containerd.runsc.v1"
    assert seen["gvisor", "options", "ConfigPath"] == "/etc/containerd/runsc-gvisor.toml"
    assert seen["gvisor", "pod_annotations"] == ["dev.gvisor.*"]
    assert seen["runsc", "runtime_path"] == "/opt/containerd-shim-runsc-v1"
    # A dump that has not got them all is a file that was not understood.
    assert len(config.check(dump.replace("ConfigPath", "Configpath"), settings)) == 2


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_declared_is_runc_as_ever(release):
    table = V1 if release.startswith("1.") else RUNTIME
    assert tree(release)["plugins"][table]["containerd"]["runtimes"] == {
        "runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}
    }
    plan = config.plan(info(release))
    assert plan["handlers"] == [{"name": "runc"}] and len(plan["files"]) == 4


def test_gvisors_files_are_part_of_the_plan():
    plan = config.plan(with_handlers("1.6.20"), {"handlers": HANDLERS})
    files = {item["path"]: item["content"] for item in plan["files"]}
    assert files["/etc/containerd/runsc-gvisor.toml"] == config.BANNER + (
        'binary_name = "/usr/bin/runsc"\n\n[runsc_config]\nplatform = "ptrace"\nsystemd-cgroup = "true"\n'
    )
    assert 'platform = "systrap"' in files["/etc/containerd/runsc.toml"]
    assert plan["handlers"] == [
        {"name": "crun", "runtime": "crun"},
        {"name": "runc", "runtime_class": "runc"},
        {"name": "gvisor", "runtime": "runsc", "runtime_class": "gvisor"},
        {"name": "runsc", "runtime": "runsc", "runtime_class": "runsc"},
    ]


@pytest.mark.parametrize(
    "handlers, words",
    [
        ([{"name": "runc", "runtime": "runc"}], "exactly one handler is the default"),
        ([dict(HANDLERS[0], options={"binary": "/none"})], "this node has no /none"),
    ],
)
def test_handlers_that_cannot_work(handlers, words):
    facts = info(handlers__programs={"crun": None})
    with pytest.raises(config.ContainerdConfigError, match=words):
        config.plan(facts, {"handlers": handlers})


def test_optional_handlers_are_left_out():
    optional = dict(HANDLERS[2], optional=True)
    facts = with_handlers("1.6.20")
    facts["handlers"]["programs"]["runsc"] = None
    plan = config.plan(facts, {"handlers": [HANDLERS[0], optional]})
    assert [handler["name"] for handler in plan["handlers"]] == ["crun"] and len(plan["files"]) == 4


@pytest.mark.parametrize("release", RELEASES)
def test_the_text_is_toml(release):
    tomllib = pytest.importorskip("tomllib")
    text = config.render(config.settings_of(info(release), {"imports": ['/etc/x "y"/*.toml'], "root": "/data/ü\\x"}))
    assert tomllib.loads(text) == tree(release, {"imports": ['/etc/x "y"/*.toml'], "root": "/data/ü\\x"})


@pytest.mark.parametrize("release", RELEASES)
def test_dumps_are_read_like_toml(release):
    tomllib = pytest.importorskip("tomllib")
    with open(os.path.join(DUMPS, release + ".toml")) as stream:
        text = stream.read()
    leaves = dict(config._leaves(tomllib.loads(text)))
    seen = config.read_dump(text)
    assert {path: value for path, value in seen.items() if path in leaves and value != leaves[path]} == {}
    assert {path for path in leaves if path not in seen and not isinstance(leaves[path], list)} == set()


@pytest.mark.parametrize(
    "release, schema",
    [("1.6.20", 2), ("1.7.0", 2), ("2.0.0", 3), ("2.1.3", 3), ("2.2.1", 3), ("2.3.0", 4), ("2.4.0", 4)],
)
def test_schema(release, schema):
    assert tree(release)["version"] == schema


def test_one_table_before_2_0():
    cri = tree("1.7.24")["plugins"][V1]
    assert cri["sandbox_image"] == "registry.k8s.io/pause:3.6"
    assert cri["registry"] == {"config_path": "/etc/containerd/certs.d"}
    assert cri["containerd"]["snapshotter"] == "overlayfs"
    assert cri["cni"] == {"bin_dir": "/opt/cni/bin", "conf_dir": "/etc/cni/net.d", "max_conf_num": 1}


def test_split_tables_from_2_0():
    plugins = tree("2.0.4")["plugins"]
    assert set(plugins) == {RUNTIME, IMAGES}
    assert plugins[IMAGES]["pinned_images"] == {"sandbox": "registry.k8s.io/pause:3.6"}
    assert "bin_dir" in plugins[RUNTIME]["cni"]


@pytest.mark.parametrize("release", ["2.1.0", "2.2.0", "2.3.0"])
def test_lists_and_transfer_from_2_1(release):
    plugins = tree(release, kubelet__cni_bin_dir="/a,/b")["plugins"]
    assert plugins[RUNTIME]["cni"]["bin_dirs"] == ["/a", "/b"] and "bin_dir" not in plugins[RUNTIME]["cni"]
    assert plugins[TRANSFER] == {"config_path": "/etc/containerd/certs.d"}


def test_cri_is_never_disabled():
    assert all(tree(release)["disabled_plugins"] == [] for release in RELEASES)


@pytest.mark.parametrize("driver, wanted", [("systemd", True), ("cgroupfs", False)])
@pytest.mark.parametrize("release, table", [("1.6.20", V1), ("2.1.3", RUNTIME)])
def test_kubelets_cgroup_driver(release, table, driver, wanted):
    options = tree(release, kubelet__cgroup_driver=driver)["plugins"][table]["containerd"]["runtimes"]["runc"][
        "options"
    ]
    assert options == {"SystemdCgroup": wanted}


@pytest.mark.parametrize(
    "docker, release, wanted",
    [("20.10.24", "1.6.20", True), ("19.03.15", "1.6.20", False), ("19.03.15", "2.0.0", True), (None, "1.6.20", True)],
)
def test_low_ports_stay_open_to_users(docker, release, wanted):
    settings = config.settings_of(info(release, docker__version=docker))
    assert settings["unprivileged"] is wanted


def test_the_best_cni_directory_comes_first():
    facts = info(
        kubelet__cni_bin_dir="/a,/b",
        cni__active="10.conf",
        cni__files=[{"name": "10.conf", "plugins": ["bridge"]}],
        cni__bin_dirs=[{"path": "/a", "plugins": ["loopback"]}, {"path": "/b", "plugins": ["bridge"]}],
    )
    assert config.cni_dirs(facts) == (["/b", "/a"], True)


def test_dockers_containerd_keeps_its_data():
    assert tree("1.6.20", containerd__root="/data/containerd")["root"] == "/data/containerd"
    assert tree("1.6.20", {"root": "/mine"}, containerd__root="/data/containerd")["root"] == "/mine"


def test_plan():
    plan = config.plan(info())
    assert [item["path"] for item in plan["files"]] == [
        "/etc/containerd/config.toml",
        "/etc/modules-load.d/cri-switchover.conf",
        "/etc/sysctl.d/99-zz-cri-switchover.conf",
        "/etc/crictl.yaml",
    ]
    assert plan["files"][1]["content"].endswith("\noverlay\nbr_netfilter\n")
    assert plan["files"][2]["content"].count(" = 1\n") == 3
    assert plan["packages"] == ["cri-tools"] and plan["package_manager"] == "apt"
    assert plan["validate"] == [
        ["/usr/bin/containerd", "--config", "{staged}/etc/containerd/config.toml", "config", "dump"]
    ]
    assert plan["version"] == "1.6.20" and plan["pause_image"] == "registry.k8s.io/pause:3.6"


def test_no_ipv6_no_ip6tables():
    facts = info(kernel__modules={"br_netfilter": True}, kernel__sysctl={"net.bridge.bridge-nf-call-ip6tables": None})
    assert "ip6tables" not in config.plan(facts)["files"][2]["content"]


@pytest.mark.parametrize(
    "family, candidates, wanted",
    [
        ("docker.io", {"containerd": "1.6.20~ds1-1"}, "containerd"),
        ("docker-ce", {"containerd.io": "1.7.24-1", "containerd": "1.6.20"}, "containerd.io"),
        (None, {"containerd.io": "1.7.24-1"}, "containerd.io"),
    ],
)
def test_packages_of_the_family(family, candidates, wanted):
    facts = info(
        containerd__installed=False,
        docker__family=family,
        packages__installed={},
        packages__candidates=candidates,
        crictl__installed=True,
    )
    plan = config.plan(facts)
    assert plan["packages"] == [wanted] and plan["version"] == ".".join(
        candidates[wanted].split("-")[0].split("~")[0].split(".")
    )


@pytest.mark.parametrize(
    "text, changes, options",
    [
        ("1.6 is the oldest", {"release": "1.5.9"}, None),
        ("neither installed nor offered", {"release": None}, None),
        ("cgroup driver", {"kubelet__cgroup_driver": None}, None),
        ("set switchover_pause_image", {"kubelet__pause_image": None}, None),
        ("control character", {}, {"snapshotter": "over\nlay"}),
        ("unknown options: colour", {}, {"colour": "red"}),
    ],
)
def test_refusals(text, changes, options):
    with pytest.raises(config.ContainerdConfigError) as caught:
        config.plan(info(**changes), options)
    assert text in str(caught.value)


def test_empty_options_take_their_defaults():
    options = {"pause_image": "", "root": "", "imports": [], "snapshotter": None}
    assert config.settings_of(info(), options) == config.settings_of(info())
