"""A program in place of crictl, which says what a test wants, and a runtime's healthy answers."""

import json

SCRIPT = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do shift 2; done
echo "$1" >>%(folder)s/crictl.asked
cat %(folder)s/crictl.$1
"""
VERSION = "Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  1.6.20\nRuntimeApiVersion:  v1\n"
PAUSE = "registry.k8s.io/pause:3.6"
IMAGES = {"images": [{"id": "1", "repoTags": [PAUSE]}]}


def info(network=True, **config):
    """The output of `crictl info`, of a runtime with the handler runc."""
    conditions = [
        {"type": "RuntimeReady", "status": True},
        {"type": "NetworkReady", "status": network, "message": "no"},
    ]
    return {"status": {"conditions": conditions}, "config": dict(config, containerd={"runtimes": {"runc": {}}})}


class Crictl:
    """The program in a folder. ``asked``: its commands so far."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "crictl"
        self.path.write_text(SCRIPT % {"folder": folder}, encoding="utf-8")
        self.path.chmod(0o755)
        self.says(version=VERSION, images=IMAGES, info=info())

    def says(self, **answers):
        for command, answer in answers.items():
            text = answer if isinstance(answer, str) else json.dumps(answer)
            (self.folder / ("crictl." + command)).write_text(text, encoding="utf-8")

    @property
    def asked(self):
        path = self.folder / "crictl.asked"
        return path.read_text(encoding="utf-8").split() if path.exists() else []
