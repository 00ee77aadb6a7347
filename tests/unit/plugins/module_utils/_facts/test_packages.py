import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import packages

DPKG = """\
adduser\t3.134\tinstall\tinstalled
containerd\t1.6.20~ds1-1+deb12u1\tinstall\tinstalled
docker.io\t20.10.24+dfsg1-1+deb12u1+b2\thold\tinstalled
kubelet\t1.23.17-00\thold\tinstalled
libseccomp2\t2.5.4-1+deb12u1\tinstall\tinstalled
runc\t1.1.5+ds1-1+deb12u1\tinstall\thalf-configured
kubectl\t1.23.17-00\tdeinstall\tconfig-files
systemd\t252.38-1~deb12u1\tinstall\tinstalled
"""


def test_dpkg():
    installed, held = packages.parse_dpkg(DPKG)
    assert held == ["docker.io", "kubelet"]
    assert installed == {
        "containerd": "1.6.20~ds1-1+deb12u1",
        "docker.io": "20.10.24+dfsg1-1+deb12u1+b2",
        "kubelet": "1.23.17-00",
        "libseccomp2": "2.5.4-1+deb12u1",
        "runc": "1.1.5+ds1-1+deb12u1",
        "systemd": "252.38-1~deb12u1",
    }


def test_rpm():
    text = "docker-ce\t3:20.10.24-3.el8\nbash\t0:5.1-6\nkubelet\t0:1.23.17-0\n"
    assert packages.parse_rpm(text) == {"docker-ce": "3:20.10.24-3.el8", "kubelet": "1.23.17-0"}


@pytest.mark.parametrize(
    ("locks", "configuration", "held"),
    [
        ("", "", []),
        ("# a comment\n\nkubelet-0:1.23.17-0.*\n", "", ["kubelet"]),
        ("0:docker-ce-20.10.24-3.el7.*\n3:docker-ce-cli-20.10.24-3.el8.x86_64\n", "", ["docker-ce", "docker-ce-cli"]),
        ("", "[main]\ngpgcheck=1\nexclude=kubelet kubeadm,kubectl\n", ["kubeadm", "kubectl", "kubelet"]),
        ("", "excludepkgs = kube*\n", ["kube*"]),
    ],
)
def test_rpm_locks(locks, configuration, held):
    assert packages.rpm_locks(locks, configuration) == held


def test_zypper_locks():
    text = "type: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: docker\n\nsolvable_name: containerd\n"
    assert packages.zypper_locks(text) == ["containerd", "docker"]


def test_policy():
    text = """\
cri-tools:
  Installed: (none)
  Candidate: 1.36.0-1
  Version table:
     1.36.0-1 500
        500 http://10.99.0.1:8081/repo ./ Packages
absent:
  Installed: (none)
  Candidate: (none)
  Version table:
"""
    assert packages.parse_policy(text) == {"cri-tools": "1.36.0-1", "absent": None}


SIMULATION = """\
Reading package lists...
Building dependency tree...
The following package was automatically installed and is no longer required:
  bridge-utils
The following packages will be REMOVED:
  containerd docker.io
Inst libc6 [2.36-9] (2.36-9+deb12u1 Debian:12.1/stable [amd64]) []
Remv docker.io [20.10.24+dfsg1-1+b2]
Remv containerd [1.6.20~ds1-1+b1]
Inst containerd.io (1.6.33-1 Docker CE:bookworm [amd64])
Inst cri-tools:amd64 (1.36.0-1 lab [amd64])
Conf libc6 (2.36-9+deb12u1 Debian:12.1/stable [amd64])
Conf containerd.io (1.6.33-1 Docker CE:bookworm [amd64])
"""


def test_apt_simulation():
    assert packages.apt_plan(0, SIMULATION, "") == {
        "ok": True,
        "error": "",
        "install": [{"name": "containerd.io", "to": "1.6.33-1"}, {"name": "cri-tools", "to": "1.36.0-1"}],
        "upgrade": [{"name": "libc6", "from": "2.36-9", "to": "2.36-9+deb12u1"}],
        "remove": [
            {"name": "docker.io", "from": "20.10.24+dfsg1-1+b2"},
            {"name": "containerd", "from": "1.6.20~ds1-1+b1"},
        ],
    }


@pytest.mark.parametrize(
    ("output", "errors", "error"),
    [
        ("Reading package lists...\n", "E: Unable to locate package cri-tools\n", "Unable to locate package cri-tools"),
        (
            "The following packages have unmet dependencies:\n containerd.io : Conflicts: containerd\n",
            "W: noise\nE: Unable to correct problems, you have held broken packages.\n",
            "Unable to correct problems, you have held broken packages.; containerd.io : Conflicts: containerd",
        ),
        ("", "", "exit code 100"),
    ],
)
def test_apt_says_why_not(output, errors, error):
    found = packages.apt_plan(100, output, errors)
    assert (found["ok"], found["error"]) == (False, error)


DNF = """\
Last metadata expiration check: 0:10:00 ago on Mon 23 Nov 2026.
Dependencies resolved.
================================================================================
 Package          Arch     Version                  Repository             Size
================================================================================
Installing:
 containerd.io    x86_64   1.6.33-3.1.el8           docker-ce-stable       35 M
     replacing  runc.x86_64 1:1.1.4-1.module+el8
Upgrading:
 docker-ce        x86_64   3:26.1.3-1.el8           docker-ce-stable       27 M
Installing dependencies:
 container-selinux noarch  2:2.229.0-2.module+el8   appstream              70 k
Removing dependent packages:
 podman           x86_64   3:4.9.4-1                @appstream             50 M

Transaction Summary
================================================================================
Install  2 Packages
Operation aborted.
"""


def test_dnf():
    assert packages.dnf_plan(1, DNF, {"docker-ce": "3:20.10.24-3.el8"}) == {
        "ok": True,
        "error": "",
        "install": [
            {"name": "containerd.io", "to": "1.6.33-3.1.el8"},
            {"name": "container-selinux", "to": "2:2.229.0-2.module+el8"},
        ],
        "upgrade": [{"name": "docker-ce", "from": "3:20.10.24-3.el8", "to": "3:26.1.3-1.el8"}],
        "remove": [{"name": "runc", "from": "1:1.1.4-1.module+el8"}, {"name": "podman", "from": "3:4.9.4-1"}],
    }


def test_dnf_says_why_not():
    text = "No match for argument: cri-tools\nError: Unable to find a match: cri-tools\n"
    found = packages.dnf_plan(1, text, {})
    assert (found["ok"], found["error"]) == (False, "Error: Unable to find a match: cri-tools")
