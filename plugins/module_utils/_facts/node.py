# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until docker_removal and handler_binaries import from the files that hold these now: names that stood here."""

from ansible_collections.cri.switchover.plugins.module_utils._facts.handlers import program_facts  # noqa: F401
from ansible_collections.cri.switchover.plugins.module_utils._facts.kernel import sysctl_settings  # noqa: F401
from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import (  # noqa: F401
    arguments,
    kubelet_config,
    last,
)
from ansible_collections.cri.switchover.plugins.module_utils._facts.packages import matching  # noqa: F401
from ansible_collections.cri.switchover.plugins.module_utils._facts.runtime_in_use import runtime_in_use  # noqa: F401
from ansible_collections.cri.switchover.plugins.module_utils._facts.systemd import parse_show  # noqa: F401
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text  # noqa: F401
