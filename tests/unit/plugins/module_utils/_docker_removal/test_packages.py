# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's packages."""

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import packages as removal


def test_packages():
    text = (
        "docker.io\t20.10\tinstall\tinstalled\ndocker-doc\t20.10\tdeinstall\tconfig-files\ndocker\t1.5-2\tinstall\tinstalled\n"
        "tini\t0.19\tinstall\thalf-installed\nold\t1\tunknown\tnot-installed\n"
    )
    installed, leftover = removal.parse_dpkg(text)
    assert installed == {"docker.io": "20.10", "docker": "1.5-2", "tini": "0.19"} and leftover == ["docker-doc"]
    # on Debian `docker` is something else
    assert removal.dockers(installed, "apt") == ["docker.io"]
    assert removal.dockers(["docker", "containerd.io", "moby-runc", "moby-engine"], "dnf") == ["docker", "moby-engine"]
