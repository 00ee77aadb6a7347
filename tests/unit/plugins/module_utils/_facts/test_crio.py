# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import crio as facts

PACKAGED = """
[crio.image]
signature_policy = "/etc/crio/policy.json"

[crio.runtime]
default_runtime = "crun"

[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
runtime_root = "/run/crun"
monitor_path = "/usr/libexec/crio/conmon"
allowed_annotations = [
    "io.containers.trace-syscall",
]

[crio.runtime.runtimes.runc]
runtime_path = "/usr/libexec/crio/runc"
"""
OPERATORS = """
[crio]
root = "/data/storage"   # a disk of its own
[crio.runtime]
default_runtime = "nvidia"
[crio.runtime.runtimes."nvidia"]
runtime_path = "/usr/bin/nvidia-container-runtime"
[crio.runtime.runtimes.runc]
[crio.runtime.runtimes.runc.platform_runtime_paths]
"linux/arm64" = "/usr/bin/runc"
[crio.image]
pinned_images = ["a:1", "b*"]
[crio.network]
cni_default_network = "mesh"
plugin_dirs = ["/opt/cni/bin",
  "/usr/libexec/cni"]
"""


def test_the_packages_own_file():
    assert facts.config_facts([PACKAGED]) == {
        "runtimes": {"crun": "/usr/libexec/crio/crun", "runc": "/usr/libexec/crio/runc"},
        "default_runtime": "crun",
        "signature_policy": "/etc/crio/policy.json",
    }


def test_a_later_file_wins_and_replaces_whole_tables():
    seen = facts.config_facts([PACKAGED, OPERATORS])
    assert seen["default_runtime"] == "nvidia" and seen["signature_policy"] == "/etc/crio/policy.json"
    assert seen["runtimes"] == {
        "crun": "/usr/libexec/crio/crun",
        "nvidia": "/usr/bin/nvidia-container-runtime",
        "runc": "",
    }
    assert seen["pinned_images"] == ["a:1", "b*"] and seen["plugin_dirs"] == ["/opt/cni/bin", "/usr/libexec/cni"]


@pytest.mark.parametrize(
    "text, config, root, driver",
    [
        (None, {}, "/var/lib/containers/storage", None),
        ('[storage]\ndriver = "vfs"\ngraphroot = "/a"\n[storage.options]\ngraphroot = "/no"\n', {}, "/a", "vfs"),
        ('[storage]\ngraphroot = "/a"\n', {"root": "/b", "storage_driver": "vfs"}, "/b", "vfs"),
    ],
)
def test_where_images_are(text, config, root, driver):
    seen = facts.storage_facts("/etc/containers/storage.conf" if text else None, text, config)
    assert (seen["root"], seen["driver"], bool(seen["file"])) == (root, driver, text is not None)


def test_what_a_switch_wrote_counts_as_absent():
    text = '# Managed by the Ansible collection cri.switchover: ...\n\n[storage]\ngraphroot = "/a"\n'
    assert facts.storage_facts("/etc/containers/storage.conf", text, {}) == {"file": None, "root": "/a", "driver": None}
    assert facts.is_own(facts.OWN_POLICY) and facts.accepts_all(facts.OWN_POLICY)
    assert not facts.is_own(facts.OWN_POLICY.replace("insecureAcceptAnything", "reject"))


@pytest.mark.parametrize(
    "texts, wanted",
    [
        ([], []),
        (['unqualified-search-registries = ["docker.io"]'], ["docker.io"]),
        (['unqualified-search-registries = ["docker.io"]', '[aliases]\n"a" = "b/a"\n'], ["docker.io"]),
        (['unqualified-search-registries = ["docker.io"]', "unqualified-search-registries = []"], []),
        (['[[registry]]\nunqualified-search-registries = ["no"]\n'], []),
        # the old form, as CentOS 7 and 8 brought it
        (["[registries.search]\nregistries = ['docker.io', 'quay.io/']\n"], ["docker.io", "quay.io"]),
        (
            ['[registries.search]\nregistries = [\n  "docker.io",\n]\n[registries.insecure]\nregistries = ["no"]\n'],
            ["docker.io"],
        ),
        (["[registries.insecure]\nregistries = ['no']\n[registries.block]\nregistries = ['no']\n"], []),
        (["[registries.search]\nregistries = ['a.test']\n", 'unqualified-search-registries = ["b.test"]'], ["b.test"]),
        (['unqualified-search-registries = ["a.test"]', "[registries.search]\nregistries = []\n"], ["a.test"]),
    ],
)
def test_short_names(texts, wanted):
    assert facts.unqualified_registries(texts) == wanted


ACCEPT, REJECT = [{"type": "insecureAcceptAnything"}], [{"type": "reject"}]


@pytest.mark.parametrize(
    "policy, wanted",
    [
        ({"default": ACCEPT}, True),
        ({"default": ACCEPT, "transports": {"docker-daemon": {"": ACCEPT}}}, True),
        ({"default": REJECT}, False),
        ({"default": ACCEPT, "transports": {"docker": {"r.test": [{"type": "signedBy"}]}}}, False),
        ({"transports": {}}, False),
        ([], False),
    ],
)
def test_whether_a_policy_asks_for_anything(policy, wanted):
    assert facts.accepts_all(json.dumps(policy)) is wanted
