# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with each image."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import plan as core

DIGEST = "sha256:" + "a" * 64


def image(identity, size=10, local=False):
    return {"id": identity, "size": size, "local_only": local}


WEB, BY_DIGEST = "docker.io/library/web:1", "docker.io/library/web@" + DIGEST


@pytest.mark.parametrize(
    ("source", "target", "reference", "fate"),
    [
        (image("sha256:c"), None, "web:1", "transfer"),
        (image("sha256:c"), {"digests": {"sha256:m", "sha256:c"}, "whole": True}, "web:1", "skip"),
        # the same tag, another image
        (image("sha256:c"), {"digests": {"sha256:m", "sha256:other"}, "whole": True}, "web:1", "transfer"),
        # an import that was interrupted
        (image("sha256:c"), {"digests": {"sha256:m", "sha256:c"}, "whole": False}, "web:1", "transfer"),
        # Docker on containerd's store: its id is the manifest's digest
        (image("sha256:m"), {"digests": {"sha256:m", "sha256:c"}, "whole": True}, "web:1", "skip"),
        (None, None, "web:1", "missing"),
        (None, {"digests": {"sha256:m"}, "whole": True}, "web:1", "skip"),
        (None, None, "web@" + DIGEST, "pull"),
        (None, {"digests": {"sha256:m"}, "whole": True}, "web@" + DIGEST, "skip"),
        (None, {"digests": {"sha256:m"}, "whole": False}, "web:1@" + DIGEST, "pull"),
    ],
)
def test_plan(source, target, reference, fate):
    name = BY_DIGEST if "@" in reference else WEB
    found = core.plan([reference, reference], {WEB: source}, {name: target} if target else {})
    assert found == dict({"transfer": [], "skip": [], "pull": [], "missing": []}, **{fate: [name]})


THERE = {"digests": {"sha256:m", "sha256:c"}, "whole": True}
BARE = dict(THERE, whole=False)


@pytest.mark.parametrize(
    ("source", "target", "reference", "fate"),
    [
        (THERE, None, "web:1", "transfer"),
        (THERE, {"id": "sha256:c"}, "web:1", "skip"),
        # Docker on containerd's store
        (THERE, {"id": "sha256:m"}, "web:1", "skip"),
        # the same tag, another image: pods run what containerd has
        (THERE, {"id": "sha256:old"}, "web:1", "transfer"),
        # its layers were dropped once they were unpacked
        (BARE, None, "web:1", "pull"),
        (BARE, {"id": "sha256:c"}, "web:1", "skip"),
        (None, {"id": "sha256:c"}, "web:1", "skip"),
        (None, None, "web:1", "missing"),
        (THERE, None, "web@" + DIGEST, "pull"),
        (None, {"id": "sha256:c"}, "web:1@" + DIGEST, "skip"),
    ],
)
def test_plan_back(source, target, reference, fate):
    name = BY_DIGEST if "@" in reference else WEB
    found = core.plan_back([reference, reference], {name: source} if source else {}, {name: target})
    assert found == dict({"transfer": [], "skip": [], "pull": [], "missing": []}, **{fate: [name]})


@pytest.mark.parametrize(
    ("target", "fate"), [(None, "transfer"), ({"id": "sha256:c"}, "skip"), ({"id": "sha256:built-since"}, "skip")]
)
def test_what_nothing_runs_replaces_nothing_in_docker(target, fate):
    found = core.plan_back([], {WEB: THERE}, {WEB: target}, [WEB])
    assert found == dict({"transfer": [], "skip": [], "pull": [], "missing": []}, **{fate: [WEB]})
