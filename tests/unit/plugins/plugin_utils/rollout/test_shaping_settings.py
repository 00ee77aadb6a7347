# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings shape a node, and the one form of each."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import digest_of, shaping

BASE = {"switchover_target": "containerd", "switchover_pause_image": "", "switchover_drain_timeout": 1}
RUNC = {"name": "runc", "runtime": "runc", "default": True}


def test_only_what_shapes_a_node_counts_for_its_digest():
    assert digest_of(shaping(BASE)) == digest_of(shaping({**BASE, "switchover_drain_timeout": 2}))
    assert digest_of(shaping(BASE)) != digest_of(shaping({**BASE, "switchover_pause_image": "p:1"}))
    assert digest_of(shaping(BASE)) != digest_of(shaping({**BASE, "switchover_cgroup_v2": "enable"}))


@pytest.mark.parametrize(
    "other",
    [{}, {"switchover_pause_image": "  "}, {"switchover_handlers": ""}, {"switchover_handlers": []}],
)
def test_what_is_not_set_is_the_default(other):
    assert shaping({**BASE, **other}) == shaping({}) and digest_of(shaping({**BASE, **other})) == digest_of(shaping({}))


@pytest.mark.parametrize(
    "other",
    [{"switchover_handlers": [RUNC]}, {"switchover_containerd_root": "/var/lib/containerd/"}],
)
def test_a_default_that_is_written_out_has_the_same_digest(other):
    assert digest_of(shaping({**BASE, **other})) == digest_of(shaping(BASE))
    # Without a declaration, CRI-O has what its packages have, which may be crun.
    crio = {"switchover_target": "crio"}
    assert digest_of(shaping({**crio, "switchover_handlers": [RUNC]})) != digest_of(shaping(crio))


def gvisor(**options):
    return {"name": "g", "runtime": "runsc", "options": options}


SHA = "ab" * 64
FILES = {"source": "files", "runsc_sha512": SHA, "shim_sha512": SHA, "runsc_from": "/a", "shim_from": "/a"}


@pytest.mark.parametrize(
    "name, one, other",
    [
        ("containerd_root", "/data/c", "/data//c/"),
        ("containerd_registry_config_path", "/opt/r", "/opt/r/"),
        ("containerd_imports", "/etc/a/*.toml,/etc/b", ["/etc/a//*.toml", " /etc/b/"]),
        ("crio_root", "/data/c", "/data/./c"),
        ("crio_keep_docker_defaults", "True", True),
        ("handlers", [RUNC, gvisor()], [gvisor(), RUNC]),
        ("handlers", [RUNC, gvisor()], [dict(RUNC, default="true", optional="false"), gvisor(platform="systrap")]),
        ("handlers", [RUNC, gvisor(flags={"debug": True})], [RUNC, gvisor(flags={"debug": "true"})]),
        ("handlers", [RUNC, gvisor(flags={"n": 1})], [RUNC, gvisor(flags={"n": "1"})]),
        ("handlers", [RUNC, gvisor()], [RUNC, gvisor(flags={}, pod_annotations=[])]),
        ("handlers", [RUNC, gvisor(pod_annotations=["a", "b"])], [RUNC, gvisor(pod_annotations=["b", "a", "b"])]),
        ("handlers", [RUNC, gvisor(**FILES)], [RUNC, gvisor(**dict(FILES, runsc_sha512=SHA.upper(), shim_from="/b"))]),
    ],
)
def test_what_is_rendered_the_same_has_one_form(name, one, other):
    target = {"switchover_target": "crio" if name.startswith("crio") else "containerd"}
    assert shaping({**target, "switchover_" + name: one}) == shaping({**target, "switchover_" + name: other})
