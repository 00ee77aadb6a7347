# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A good node whose Docker is set up as a test says, as node_runtime_info would report it."""

from unit.plugins.plugin_utils.preflight.good_node import INFO, changed

from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import parse_daemon_json
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker_sources import Sources, setting_facts
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_options, registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import docker_daemon
from ansible_collections.cri.switchover.plugins.plugin_utils.target import configured

FILE = "/etc/docker/daemon.json"


def docker_node(daemon_json="{}", flags="", variables=None, answers=None, found=None, **docker):
    """``daemon_json``: its text; ``flags``: of dockerd; ``docker``: facts of Docker beside its settings."""
    daemon = parse_daemon_json(daemon_json)
    sources = Sources(FILE, daemon.pop("keys"), ["dockerd", *flags.split()], variables)
    sources.answers.update(answers or {})
    sources.found.update(found or {})
    options = docker_options.read(sources)
    daemon.update(exists=True, path=FILE, **{key: options[key] for key in ("conflicts", "doubled", "mistyped")})
    facts = dict(docker, settings=options["settings"], daemon_json=daemon, **setting_facts(options["settings"]))
    facts.setdefault("environment", sorted(variables or {}))
    return changed(INFO, {f"docker/{name}": value for name, value in facts.items()})


def judged(info, target="containerd", allow=(), declared=None, given=None):
    """The findings about Docker on this node for one target. ``given``: the operator's settings."""
    runtime = configured(registry.target(target), given or {})
    return list(docker_daemon.judge("node1", info, allow, runtime, declared))
