# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a kubelet's files: every release, every layout, and the awkward ways to write them."""

import os
import re

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line as args
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import config_file as config
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import plan as core
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout, config_paths
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import environment_files
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")
CONTAINERD = "unix:///run/containerd/containerd.sock"
CRIO = "unix:///var/run/crio/crio.sock"
LAYOUTS = ("deb-kubeadm", "rpm-kubeadm", "kubespray", "plain", "drop-in", "cri-dockerd")
RELEASES = list(range(20, 38))
DOCKER_UNITS = ("docker.service", "docker.socket")


def tree(name):
    files, root = {}, os.path.join(FIXTURES, name)
    for folder, _folders, names in os.walk(root):
        for one in names:
            path = os.path.join(folder, one)
            with open(path, newline="") as stream:
                files[path[len(root) :]] = stream.read()
    return files


def layout_of(files, configs=None, instance="/var/lib/kubelet/instance-config.yaml"):
    """What the module reads on a node that has these files; /etc shadows what packages bring, as in systemd."""
    found = {}
    for folder in ("/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"):
        for path in files:
            if path.startswith(folder + "/kubelet.service"):
                found[path[len(folder) :]] = path
    names = sorted(found, key=lambda name: (name != "/kubelet.service", name))
    units = [(found[name], files[found[name]]) for name in names]
    env = {path: files[path] for path, _optional in environment_files(units) if path in files}
    main, folder = config_paths(args.expand(units, env).flags())
    paths = [main] if main in files else []
    paths += sorted(path for path in files if folder and path.startswith(folder + "/"))
    return Layout(
        "kubelet.service", units, env, [(path, files[path]) for path in paths], (instance, files.get(instance))
    )


def planned(files, minor, endpoint=CONTAINERD, **kwargs):
    kwargs.setdefault("service", registry.unit_behind(endpoint))
    return core.plan(layout_of(files), "v1.{0}.3".format(minor), kwargs.pop("help_text", ""), endpoint, **kwargs)


def after(files, result):
    return dict(files, **{entry["path"]: entry["content"] for entry in result.files})


def contents(result):
    return {entry["path"]: entry["content"] for entry in result.files}


@pytest.mark.parametrize("endpoint", [CONTAINERD, CRIO])
@pytest.mark.parametrize("minor", RELEASES)
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_release_and_layout(name, minor, endpoint):
    files = tree(name)
    result = planned(files, minor, endpoint, dropped_units=DOCKER_UNITS)
    flags = result.flags_after
    for gone in ("network-plugin", "cni-bin-dir", "cni-conf-dir", "docker", "image-pull-progress-deadline"):
        assert gone not in flags
    assert flags.get("container-runtime") == ("remote" if minor <= 23 else None)
    has_config = "config" in flags
    assert flags.get("container-runtime-endpoint") == (endpoint if minor < 34 or not has_config else None)
    assert ("pod-infra-container-image" in flags) == ("pod-infra-container-image" in result.flags_before and minor < 35)
    done = after(files, result)
    if has_config:
        field = config.read_field(done[flags["config"]], "containerRuntimeEndpoint")
        assert field == (endpoint if minor >= 34 else "" if name == "cri-dockerd" else None)
    kubeadm = "/var/lib/kubelet/kubeadm-flags.env" in files
    assert ("/var/lib/kubelet/instance-config.yaml" in done) == (minor >= 34 and kubeadm)
    for path, text in layout_of(done).unit_texts:
        assert not re.search(r"^(Requires|Wants|BindsTo|PartOf|After)=.*docker", text, re.M), path
    for path in contents(result):
        assert not path.startswith(("/lib/", "/usr/lib/"))
    again = core.plan(layout_of(done), "v1.{0}.3".format(minor), "", endpoint, dropped_units=DOCKER_UNITS)
    assert again.files == []
    assert not again.daemon_reload
    assert again.flags_before == result.flags_after


KUBEADM_DROPIN = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"
FLAGS_ENV = "/var/lib/kubelet/kubeadm-flags.env"
UNIT = "/etc/systemd/system/kubelet.service"
REMOTE = "--container-runtime=remote --container-runtime-endpoint=" + CONTAINERD


def test_kubeadm_env_to_the_byte():
    result = planned(tree("deb-kubeadm"), 23)
    assert contents(result) == {
        FLAGS_ENV: 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.6 %s"\n' % REMOTE
    }
    assert result.flags_before["network-plugin"] == "cni"
    assert result.endpoint_before is None
    assert not result.daemon_reload
    assert result.files[0]["why"].startswith("--network-plugin removed")


@pytest.mark.parametrize("endpoint", [CONTAINERD, CRIO])
def test_kubeadm_134_to_the_byte(endpoint):
    """kubeadm keeps the socket in two files of its own, and no flag: both change, nothing else does."""
    files = tree("kubeadm-134")
    result = planned(files, 34, endpoint)
    shim = "unix:///var/run/cri-dockerd.sock"
    wanted = ("/var/lib/kubelet/config.yaml", "/var/lib/kubelet/instance-config.yaml")
    assert contents(result) == {path: files[path].replace(shim, endpoint) for path in wanted}
    assert result.endpoint_before == shim and result.flags_before == result.flags_after
    assert not result.daemon_reload


@pytest.mark.parametrize("minor", [27, 33, 34])
def test_a_flag_of_an_operator_beats_the_file_and_goes_or_follows(minor):
    files = dict(
        tree("kubeadm-134"),
        **{
            "/etc/default/kubelet": "KUBELET_EXTRA_ARGS=--container-runtime-endpoint=unix:///var/run/cri-dockerd.sock\n"
        },
    )
    result = planned(files, minor, CRIO)
    done = after(files, result)
    assert "cri-dockerd" not in "".join(done[path] for path in done if path.startswith("/var/lib/kubelet/"))
    flag = result.flags_after.get("container-runtime-endpoint")
    assert flag == (None if minor == 34 else CRIO) and "cri-dockerd" not in done["/etc/default/kubelet"]


def test_shadowed_package_files():
    """A drop-in of a package keeps its name, its unit is copied whole; both stay as they were where they are."""
    result = planned(tree("drop-in"), 23, dropped_units=DOCKER_UNITS)
    assert {entry["path"]: entry["copy_of"] for entry in result.files} == {
        "/etc/systemd/system/kubelet.service.d/20-runtime.conf": (
            "/usr/lib/systemd/system/kubelet.service.d/20-runtime.conf"
        ),
        UNIT: "/lib/systemd/system/kubelet.service",
    }
    assert "After=network-online.target containerd.service\n" in contents(result)[UNIT]
    assert result.daemon_reload


def unit(execution, extra=""):
    return "[Service]\n%sExecStart=%s\n" % (extra, execution)


# Each: ExecStart and further lines of the unit, {file: text}, release, {file: text after}.
AWKWARD = {
    "flags with and without =, repeated, underscores": (
        unit("/usr/bin/kubelet --container_runtime docker --v 2 --network_plugin cni --container-runtime=docker --a=b"),
        {},
        23,
        {
            UNIT: unit(
                "/usr/bin/kubelet --container_runtime remote --v 2 --container-runtime=remote --a=b "
                "--container-runtime-endpoint=" + CONTAINERD
            )
        },
    ),
    "all that stood in the variable goes": (
        unit("/usr/bin/kubelet $NET $KUBELET_EXTRA_ARGS", "EnvironmentFile=/etc/k\n"),
        {"/etc/k": "NET='--network-plugin=cni'\nKUBELET_EXTRA_ARGS=\n"},
        23,
        {"/etc/k": "NET='%s'\nKUBELET_EXTRA_ARGS=\n" % REMOTE},
    ),
    "extra arguments without quotes": (
        unit("/usr/bin/kubelet $KUBELET_EXTRA_ARGS", "EnvironmentFile=/etc/k\n"),
        {"/etc/k": "KUBELET_EXTRA_ARGS=--v=2\n"},
        23,
        {"/etc/k": 'KUBELET_EXTRA_ARGS="--v=2 %s"\n' % REMOTE},
    ),
    "extra arguments without quotes, several": (
        unit("/usr/bin/kubelet $KUBELET_EXTRA_ARGS", "EnvironmentFile=/etc/k\n"),
        {"/etc/k": "KUBELET_EXTRA_ARGS=--v=2 --a=b   \n# end"},
        23,
        {"/etc/k": "KUBELET_EXTRA_ARGS=--v=2 --a=b %s   \n# end" % REMOTE},
    ),
    "empty extra arguments": (
        unit("/usr/bin/kubelet $KUBELET_EXTRA_ARGS", "EnvironmentFile=/etc/k\n"),
        {"/etc/k": "KUBELET_EXTRA_ARGS=\nOTHER=1\n"},
        24,
        {"/etc/k": 'KUBELET_EXTRA_ARGS="--container-runtime-endpoint=%s"\nOTHER=1\n' % CONTAINERD},
    ),
    "the file of the extra arguments is missing": (
        unit("/usr/bin/kubelet --v=2 $KUBELET_EXTRA_ARGS", "EnvironmentFile=-/etc/default/kubelet\n"),
        {},
        24,
        {"/etc/default/kubelet": 'KUBELET_EXTRA_ARGS="--container-runtime-endpoint=%s"\n' % CONTAINERD},
    ),
    "the variable of the extra arguments is missing": (
        unit("/usr/bin/kubelet --v=2 $KUBELET_EXTRA_ARGS", "EnvironmentFile=-/etc/default/kubelet\n"),
        {"/etc/default/kubelet": "# nothing yet"},
        24,
        {"/etc/default/kubelet": '# nothing yet\nKUBELET_EXTRA_ARGS="--container-runtime-endpoint=%s"\n' % CONTAINERD},
    ),
    "a value over several lines, continued": (
        unit("/usr/bin/kubelet $MY_OPTS", "EnvironmentFile=/opt/my.conf\n"),
        {"/opt/my.conf": 'MY_OPTS="--v=2 \\\n  --network-plugin=cni \\\n  --cni-bin-dir=/opt/cni/bin \\\n  --a=b"\n'},
        23,
        {
            "/opt/my.conf": 'MY_OPTS="--v=2 \\\n  --a=b \\\n  --container-runtime=remote \\\n'
            '  --container-runtime-endpoint=%s"\n' % CONTAINERD
        },
    ),
    "a value over several lines, in quotes": (
        unit("/usr/bin/kubelet $MY_OPTS", "EnvironmentFile=/opt/my.conf\n"),
        {"/opt/my.conf": "MY_OPTS='\n--network-plugin=cni\n--v=2\n'\n"},
        24,
        {"/opt/my.conf": "MY_OPTS='\n--v=2 --container-runtime-endpoint=%s\n'\n" % CONTAINERD},
    ),
    "the endpoint in a variable of its own": (
        unit("/usr/bin/kubelet --container-runtime-endpoint=${SOCK} --v=2", "EnvironmentFile=/etc/k\n"),
        {"/etc/k": "SOCK=unix:///var/run/cri-dockerd.sock # no comment, part of the value\n"},
        26,
        {"/etc/k": "SOCK=%s\n" % CONTAINERD},
    ),
    "the endpoint made of a variable and text": (
        unit("/usr/bin/kubelet --container-runtime-endpoint=unix://${SOCK} --v=2", "EnvironmentFile=/etc/k\n"),
        {"/etc/k": "SOCK=/var/run/cri-dockerd.sock\n"},
        26,
        {UNIT: unit("/usr/bin/kubelet --container-runtime-endpoint=%s --v=2" % CONTAINERD, "EnvironmentFile=/etc/k\n")},
    ),
    "a later file wins, the earlier one follows": (
        unit("/usr/bin/kubelet $A", 'Environment="A=--container-runtime=docker --v=1"\nEnvironmentFile=/etc/k\n'),
        {"/etc/k": "A=--container-runtime=docker --v=2\n"},
        24,
        {
            UNIT: unit("/usr/bin/kubelet $A", 'Environment="A=--v=1"\nEnvironmentFile=/etc/k\n'),
            "/etc/k": 'A="--v=2 --container-runtime-endpoint=%s"\n' % CONTAINERD,
        },
    ),
    "Environment= without quotes": (
        unit("/usr/bin/kubelet $A", "Environment=A=--network-plugin=cni B=c\n"),
        {},
        24,
        {UNIT: unit("/usr/bin/kubelet $A", 'Environment=A="--container-runtime-endpoint=%s" B=c\n' % CONTAINERD)},
    ),
    "image endpoint and cgroups follow": (
        unit(
            "/usr/bin/kubelet --image-service-endpoint=unix:///var/run/cri-dockerd.sock "
            "--container-runtime-endpoint '/var/run/cri-dockerd.sock' --runtime-cgroups=/system.slice/docker.service"
        ),
        {},
        25,
        {
            UNIT: unit(
                "/usr/bin/kubelet --image-service-endpoint=%s --container-runtime-endpoint '%s' "
                "--runtime-cgroups=/system.slice/containerd.service" % (CONTAINERD, CONTAINERD)
            )
        },
    ),
    "no configuration file: the flag stays even where the field would be used": (
        unit("/usr/bin/kubelet --v=2 --container-runtime-endpoint=unix:///run/cri-dockerd.sock"),
        {},
        36,
        {UNIT: unit("/usr/bin/kubelet --v=2 --container-runtime-endpoint=" + CONTAINERD)},
    ),
    "the field stands, no flag: the field alone": (
        unit("/usr/bin/kubelet --config=/etc/c"),
        {"/etc/c": "kind: K\ncontainerRuntimeEndpoint: 'unix:///run/cri-dockerd.sock' # old\na: b\n"},
        29,
        {"/etc/c": "kind: K\ncontainerRuntimeEndpoint: '%s' # old\na: b\n" % CONTAINERD},
    ),
    "field, image field and drop-ins all follow": (
        unit("/usr/bin/kubelet --config=/etc/c --config-dir=/etc/c.d"),
        {
            "/etc/c": "containerRuntimeEndpoint: unix:///x\nimageServiceEndpoint: unix:///x\n",
            "/etc/c.d/1.conf": '{"containerRuntimeEndpoint": "unix:///y", "b": 1}',
        },
        34,
        {
            "/etc/c": "containerRuntimeEndpoint: %s\nimageServiceEndpoint: %s\n" % (CONTAINERD, CONTAINERD),
            "/etc/c.d/1.conf": '{"containerRuntimeEndpoint": "%s", "b": 1}' % CONTAINERD,
        },
    ),
    "specifiers, an optional prefix and a kubelet elsewhere": (
        unit("-/opt/bin/kubelet --hostname-override=%H --network-plugin=cni"),
        {},
        24,
        {UNIT: unit("-/opt/bin/kubelet --hostname-override=%%H --container-runtime-endpoint=%s" % CONTAINERD)},
    ),
    "a transparent wrapper": (
        unit("/usr/bin/env A=b /opt/bin/kubelet --network-plugin=cni"),
        {},
        24,
        {UNIT: unit("/usr/bin/env A=b /opt/bin/kubelet --container-runtime-endpoint=%s" % CONTAINERD)},
    ),
    "windows line ends": (
        "[Service]\r\nExecStart=/usr/bin/kubelet --v=2 --network-plugin=cni\r\n",
        {},
        24,
        {UNIT: "[Service]\r\nExecStart=/usr/bin/kubelet --v=2 --container-runtime-endpoint=%s\r\n" % CONTAINERD},
    ),
}


@pytest.mark.parametrize("name", sorted(AWKWARD))
def test_awkward(name):
    text, files, minor, wanted = AWKWARD[name]
    files = dict(files, **{UNIT: text})
    result = planned(files, minor)
    assert contents(result) == wanted
    assert planned(after(files, result), minor).files == []


def test_dependencies_in_pieces():
    text = (
        "[Unit]\nDescription=docker is no dependency\n# Requires=docker.service\n"
        "Wants=a.service docker.socket \\\n  b.service\nBindsTo=docker.service \\\n# why\n  docker.socket\n"
        "After=docker.service containerd.service\n" + unit("/usr/bin/kubelet --v=2")
    )
    result = planned({UNIT: text}, 24, dropped_units=DOCKER_UNITS)
    assert contents(result)[UNIT].startswith(
        "[Unit]\nDescription=docker is no dependency\n# Requires=docker.service\n"
        "Wants=a.service \\\n  b.service\n# why\nAfter=containerd.service\n[Service]\n"
    )


def test_repeated_flags_are_all_reported():
    result = planned(
        {UNIT: unit("/usr/bin/kubelet --v=1 --v=2 --container-runtime=remote --container-runtime=docker")}, 23
    )
    assert result.flags_before["v"] == ["1", "2"]
    assert result.flags_after["container-runtime"] == ["remote", "remote"]


def test_help_decides_over_tables():
    """A flag that goes only when the program does not know it."""
    text = unit("/usr/bin/kubelet --hairpin-mode=none --non-masquerade-cidr=0.0.0.0/0 --network-plugin=cni")
    with open(os.path.join(FIXTURES, "help-1.23.17.txt")) as stream:
        help_text = stream.read()
    result = planned({UNIT: text}, 23, help_text=help_text)
    assert result.flags_after["hairpin-mode"] == "none"
    assert result.flags_after["non-masquerade-cidr"] == "0.0.0.0/0"
    assert result.oddities == []
    assert "non-masquerade-cidr" not in planned({UNIT: text}, 24).flags_after
    fewer = "\n".join(line for line in help_text.splitlines() if "--hairpin-mode" not in line)
    assert "hairpin-mode" not in planned({UNIT: text}, 23, help_text=fewer).flags_after


def test_unknown_flags_are_reported():
    text = unit("/usr/bin/kubelet --allow-privileged=true stray --network-plugin=cni")
    with open(os.path.join(FIXTURES, "help-1.23.17.txt")) as stream:
        result = planned({UNIT: text}, 23, help_text=stream.read())
    assert any("stray" in oddity for oddity in result.oddities)
    assert any("--allow-privileged" in oddity for oddity in result.oddities)
    assert "--allow-privileged=true stray" in contents(result)[UNIT]


def test_pause_image():
    files = tree("deb-kubeadm")
    result = planned(files, 23, pause_image="r.example/pause:3.9")
    assert result.flags_after["pod-infra-container-image"] == "r.example/pause:3.9"
    text = {UNIT: unit("/usr/bin/kubelet --v=2")}
    assert planned(text, 33, pause_image="p:1").flags_after["pod-infra-container-image"] == "p:1"
    for minor in (34, 35):
        assert "pod-infra-container-image" not in planned(text, minor, pause_image="p:1").flags_after
    stands = {UNIT: unit("/usr/bin/kubelet --v=2 --pod-infra-container-image=o:1")}
    assert planned(stands, 34, pause_image="p:1").flags_after["pod-infra-container-image"] == "p:1"


def test_docker_in_other_commands_is_reported():
    result = planned({UNIT: unit("/usr/bin/kubelet", "ExecStartPre=/usr/bin/docker info\n")}, 23)
    assert any("ExecStartPre= names docker" in oddity for oddity in result.oddities)


REFUSED = [
    ("CRI-KUBELET-WRAPPER", unit('/bin/sh -c "exec /usr/bin/kubelet --v=2"'), 23, {}),
    ("CRI-KUBELET-WRAPPER", unit("/usr/bin/docker run --name kubelet hyperkube kubelet --v=2"), 23, {}),
    ("CRI-KUBELET-WRAPPER", "[Unit]\n", 23, {}),
    ("CRI-KUBELET-VERSION", unit("/usr/bin/kubelet"), 19, {}),
    ("CRI-KUBELET-ENDPOINT", unit("/usr/bin/kubelet"), 23, {"endpoint": "/run/containerd/containerd.sock"}),
    ("CRI-KUBELET-ENDPOINT", unit("/usr/bin/kubelet"), 23, {"endpoint": 'unix:///run/"x'}),
    ("CRI-KUBELET-PAUSE", unit("/usr/bin/kubelet"), 23, {"pause_image": "a b"}),
]


@pytest.mark.parametrize("token, text, minor, kwargs", REFUSED)
def test_refused(token, text, minor, kwargs):
    with pytest.raises(PlanError) as caught:
        planned({UNIT: text}, minor, **kwargs)
    assert caught.value.reason == token
    assert str(caught.value).startswith(token + ": ")


def test_odd_configuration_is_refused():
    files = {UNIT: unit("/usr/bin/kubelet --config=/etc/c"), "/etc/c": "containerRuntimeEndpoint: &x unix:///x\n"}
    with pytest.raises(PlanError) as caught:
        planned(files, 34)
    assert caught.value.reason == "CRI-KUBELET-CONFIG"
    assert caught.value.details["path"] == "/etc/c"


def test_links_are_refused():
    layout = layout_of({UNIT: unit("/usr/bin/kubelet")})
    layout.links = [UNIT + ".requires/docker.service"]
    with pytest.raises(PlanError) as caught:
        core.plan(layout, "1.23.17", "", CONTAINERD, dropped_units=DOCKER_UNITS)
    assert caught.value.reason == "CRI-KUBELET-UNIT-LINK"


def test_a_cgroup_driver_of_its_own():
    files = tree("deb-kubeadm")
    (path,) = [path for path in files if path.endswith("config.yaml")]
    files[path] = files[path].replace("cgroupDriver: systemd", "cgroupDriver: cgroupfs")
    assert "cgroupDriver: cgroupfs" in files[path], "the fixture has another form now"
    assert "cgroupDriver: cgroupfs" in after(files, planned(files, 23))[path], "nobody asked for it"
    changed = after(files, planned(files, 23, cgroup_driver="systemd"))[path]
    assert changed == files[path].replace("cgroupDriver: cgroupfs", "cgroupDriver: systemd")
    files[path] = files[path].replace("cgroupDriver: cgroupfs\n", "")
    changed = after(files, planned(files, 23, cgroup_driver="systemd"))[path]
    assert config.read_field(changed, "cgroupDriver") == "systemd"


def test_a_cgroup_driver_by_a_flag_is_not_overruled_in_silence():
    files = tree("deb-kubeadm")
    (path,) = [path for path in files if path.endswith("kubeadm-flags.env")]
    files[path] = files[path].replace('ARGS="', 'ARGS="--cgroup-driver=cgroupfs ')
    with pytest.raises(PlanError, match="--cgroup-driver=cgroupfs by a flag") as caught:
        planned(files, 23, cgroup_driver="systemd")
    assert caught.value.reason == "CRI-KUBELET-CGROUP-FLAG"
