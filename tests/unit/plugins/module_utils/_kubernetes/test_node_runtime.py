# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import node_runtime


@pytest.mark.parametrize(
    "version, unreported, text",
    [
        ("containerd://1.6.20", False, "containerd://1.6.20"),
        ("docker://20.10.24+dfsg1", False, "docker://20.10.24+dfsg1"),
        ("containerd://Unknown", True, "containerd, whose version kubelet has not reported yet"),
        ("cri-o://Unknown", True, "cri-o, whose version kubelet has not reported yet"),
        (None, True, "a runtime that kubelet has not reported yet"),
        ("", True, "a runtime that kubelet has not reported yet"),
        # The name of a build that was given no version. It counts as reported.
        ("containerd://0.0.0+unknown", False, "containerd://0.0.0+unknown"),
    ],
)
def test_what_kubelet_reports_of_its_runtime(version, unreported, text):
    assert (node_runtime.is_unreported(version), node_runtime.runtime_text(version)) == (unreported, text)
