# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of images."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import names

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("reference", "name", "digest"),
    [
        ("nginx", "docker.io/library/nginx:latest", None),
        ("nginx:1.25", "docker.io/library/nginx:1.25", None),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7", None),
        ("docker.io/nginx:1", "docker.io/library/nginx:1", None),
        ("index.docker.io/bitnami/redis:7", "docker.io/bitnami/redis:7", None),
        ("k8s.gcr.io/pause:3.6", "k8s.gcr.io/pause:3.6", None),
        ("localhost/web", "localhost/web:latest", None),
        ("registry:5000/web:1", "registry:5000/web:1", None),
        ("registry.example.org:5000/a/b/c", "registry.example.org:5000/a/b/c:latest", None),
        ("web@" + DIGEST, "docker.io/library/web@" + DIGEST, DIGEST),
        ("reg.example.org/web:1@" + DIGEST, "reg.example.org/web@" + DIGEST, DIGEST),
    ],
)
def test_full_names(reference, name, digest):
    assert names.full_name(reference) == (name, digest)


@pytest.mark.parametrize("reference", ["", "a b", "web@sha256:short", "--help", "web:1;rm", "a/b\n", "@" + DIGEST])
def test_what_is_no_reference(reference):
    with pytest.raises(ValueError, match="not an image reference"):
        names.full_name(reference)
