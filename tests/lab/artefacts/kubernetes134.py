"""Kubernetes 1.34 from the Go module proxy: a release without dockershim, only for profiles that name it.

It stands apart from binaries.py, which is part of the keys of everything that the other profiles are made of.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ..say import LabError
from .binaries import COMMANDS
from .cache import Log, key_of, made
from .golang import COMPONENTS, Module, toolchain
from .run import run

VERSION = "v1.34.2"
# The tag's time, as the proxy has it; the commit it does not name.
BUILT = "2025-11-11T19:00:37Z"
RECIPE = [Path(__file__), Path(__file__).with_name("golang.py")]
VERSION_ARGUMENTS = {"kubeadm": ["version", "--output=short"], "kubectl": ["version", "--client"]}


def kubernetes(log: Log) -> Path:
    """The same seven commands. The OpenAPI definitions, which 1.23's zip lacks, are part of this one."""
    wrapper = f"kubernetes-{VERSION}"

    def build(directory: Path) -> None:
        module = Module(wrapper, directory / "src", toolchain(log))
        major, minor, _ = VERSION.removeprefix("v").split(".")
        values = {
            "gitVersion": VERSION, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean", "buildDate": BUILT,
        }  # fmt: skip
        packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        stamps = {f"{package}.{name}": value for package in packages for name, value in values.items()}
        module.build([f"k8s.io/kubernetes/cmd/{name}" for name in COMMANDS], directory / "bin", stamps)
        shutil.rmtree(module.directory)
        for name in COMMANDS:
            check_version(directory / "bin" / name)

    about = f"{VERSION}, which has no dockershim, from the Go module proxy, about 10 min on 2 cores"
    return made("kubernetes", key_of(VERSION, COMPONENTS / wrapper, *RECIPE), build, log, about)


def check_version(binary: Path) -> None:
    answer = run([binary, *VERSION_ARGUMENTS.get(binary.name, ["--version"])])
    if VERSION not in answer.split():
        raise LabError(f"{binary.name} was built wrongly: it says {answer.strip()!r}, wanted {VERSION}")
