# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Docker reaches registries, for both targets."""

import pytest
from unit.plugins.plugin_utils.preflight.checks.docker_node import FILE, docker_node, judged
from unit.plugins.plugin_utils.preflight.good_node import (
    changed,
    tokens,
    with_exceptions,
)

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

CERTIFICATES = {"certs.d": ({"a.example": ["ca.crt"], "b.example:5000": ["ca.crt"]}, "/etc/docker/certs.d")}
LOGIN = {"path": "/root/.docker/config.json", "hosts": ["registry.example"]}

ALLOWABLE = [
    (
        "registry-mirrors",
        "CRI-PF-REGISTRY-MIRRORS",
        {"daemon_json": '{"registry-mirrors": ["https://mirror.example"]}'},
    ),
    ("registry-mirrors", "CRI-PF-REGISTRY-MIRRORS", {"flags": "--registry-mirror https://mirror.example"}),
    ("registry-mirrors", "CRI-PF-REGISTRY-MIRRORS", {"answers": {"registry-mirrors": ["https://mirror.example"]}}),
    ("insecure-registries", "CRI-PF-INSECURE-REGISTRIES", {"daemon_json": '{"insecure-registries": ["10.0.0.0/8"]}'}),
    ("insecure-registries", "CRI-PF-INSECURE-REGISTRIES", {"flags": "--insecure-registry=10.0.0.0/8"}),
    ("proxies", "CRI-PF-PROXIES", {"variables": {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "10.0.0.0/8"}}),
    ("proxies", "CRI-PF-PROXIES", {"daemon_json": '{"proxies": {"http-proxy": "http://proxy:3128"}}'}),
    ("proxies", "CRI-PF-PROXIES", {"variables": {"ALL_PROXY": "socks5://proxy"}, "version": "19.03.15"}),
]


@pytest.mark.parametrize("exception, token, docker", ALLOWABLE)
def test_an_exception_turns_a_blocker_into_a_warning(exception, token, docker):
    blocked, allowed, with_others = with_exceptions(exception, docker_node(**docker))
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == exception and "add %s to switchover_allow" % exception in blocked[0]["remedy"]
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    assert tokens(with_others) == [token]


FINE = [
    {"variables": {"NO_PROXY": "10.0.0.0/8"}},
    {"variables": {"HTTP_PROXY": ""}},
    {"variables": {"ALL_PROXY": "socks5://proxy"}},  # Docker has not read it since 20.10
    {"daemon_json": '{"registry-mirrors": [], "insecure-registries": null}'},
    {"daemon_json": '{"insecure-registry": ["10.0.0.0/8"]}'},  # dockerd ignores it
]


@pytest.mark.parametrize("docker", FINE)
@pytest.mark.parametrize("target", ["containerd", "crio"])
def test_no_false_alarm(docker, target):
    assert judged(docker_node(**docker), target) == []


@pytest.mark.parametrize(
    "target, place", [("containerd", "/etc/containerd/certs.d"), ("crio", "/etc/containers/registries.conf.d")]
)
def test_remedies_name_the_targets_own_files(target, place):
    info = docker_node('{"registry-mirrors": ["https://m"], "insecure-registries": ["r:5000"]}')
    assert [place in item["remedy"] for item in judged(info, target)] == [True, True]
    (proxy,) = judged(docker_node(variables={"HTTP_PROXY": "http://p"}), target)
    assert registry.target(target).unit in proxy["remedy"]


@pytest.mark.parametrize(
    "docker, source",
    [
        ({"daemon_json": '{"registry-mirrors": ["https://m"]}'}, FILE),
        ({"flags": "--registry-mirror=https://m"}, "--registry-mirror"),
        ({"answers": {"registry-mirrors": ["https://m"]}}, "docker info"),
        ({"variables": {"https_proxy": "http://p"}}, "https_proxy"),
    ],
)
def test_a_message_names_the_source(docker, source):
    (item,) = judged(docker_node(**docker))
    assert item["message"].endswith("(source: %s)" % source) and item["details"]["sources"] == [source]


def test_field_case_8_certificates_are_reported_for_each_registry():
    """Nothing carries them over yet; each needs a place that stays when Docker is removed."""
    found = judged(docker_node(found=CERTIFICATES))
    assert [(item["level"], item["token"]) for item in found] == [("warning", "CRI-PF-REGISTRY-CERTIFICATES")] * 2
    assert "b.example:5000" in found[1]["message"] and found[1]["remedy"].count("b.example:5000") == 1


def test_field_case_7_a_login_is_a_note():
    """kubelet sends credentials with each pull, before and after: nothing is lost."""
    (item,) = judged(docker_node(found={"docker login": (LOGIN, LOGIN["path"])}), "crio")
    assert (item["level"], item["token"]) == ("note", "CRI-PF-REGISTRY-LOGINS")
    assert "registry.example" in item["message"] and "CRI-O" in item["remedy"]


@pytest.mark.parametrize("folder", ["/var/lib/kubelet", "/data/kubelet/"])
def test_a_login_in_kubelets_own_folder_has_nothing_to_do_with_docker(folder):
    login = dict(LOGIN, path=folder.rstrip("/") + "/config.json")
    info = changed(docker_node(found={"docker login": (login, login["path"])}), {"kubelet/root_dir": folder})
    assert judged(info) == []
