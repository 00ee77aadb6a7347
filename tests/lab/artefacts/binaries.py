"""Kubernetes and crictl, built from the Go module proxy. The proxy's zips and checksums are all that is trusted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ..say import LabError
from .cache import Log, key_of, made
from .golang import COMPONENTS, Module, toolchain
from .run import run

CRI_TOOLS = "v1.36.0"
COMMANDS = (
    "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubeadm", "kubectl",
)  # fmt: skip
# What upstream stamps into its binaries: git commit and build date.
STAMPS = {"v1.23.17": ("953be8927218ec8067e1af2641e540238ffd7576", "2023-02-22T13:26:30Z")}
RECIPE = [Path(__file__), Path(__file__).with_name("golang.py")]


def kubernetes(version: str, log: Log) -> Path:
    if version not in STAMPS:
        raise LabError(f"no recipe for Kubernetes {version}; there is one for {', '.join(STAMPS)}")
    wrapper = f"kubernetes-{version}"

    def build(directory: Path) -> None:
        module = Module(wrapper, directory / "src", toolchain(log))
        log("kubernetes: generating the OpenAPI definitions of kube-apiserver, about 1 min")
        generate_openapi(module)
        log("kubernetes: compiling seven commands, about 6 min on 2 cores")
        commit, date = STAMPS[version]
        major, minor, _ = version.removeprefix("v").split(".")
        values = {
            "gitVersion": version, "gitMajor": major, "gitMinor": minor,
            "gitTreeState": "clean", "gitCommit": commit, "buildDate": date,
        }  # fmt: skip
        packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        stamps = {f"{package}.{name}": value for package in packages for name, value in values.items()}
        commands = [f"k8s.io/kubernetes/cmd/{name}" for name in COMMANDS]
        module.build(commands, directory / "bin", stamps, tags="providerless")
        shutil.rmtree(module.directory)
        for name in COMMANDS:
            check(directory / "bin" / name, version, *VERSION_ARGUMENTS.get(name, ["--version"]))

    about = f"{version} with its built-in dockershim, from the Go module proxy, about 8 min on 2 cores"
    return made("kubernetes", key_of(version, COMPONENTS / wrapper, *RECIPE), build, log, about)


def cri_tools(log: Log) -> Path:
    wrapper = f"cri-tools-{CRI_TOOLS}"

    def build(directory: Path) -> None:
        module = Module(wrapper, directory / "src", toolchain(log))
        stamps = {"sigs.k8s.io/cri-tools/pkg/version.Version": CRI_TOOLS}
        module.build(["sigs.k8s.io/cri-tools/cmd/crictl"], directory / "bin", stamps)
        shutil.rmtree(module.directory)
        check(directory / "bin" / "crictl", CRI_TOOLS, "--version")

    return made("cri-tools", key_of(COMPONENTS / wrapper, *RECIPE), build, log, f"crictl {CRI_TOOLS}, about 1 min")


VERSION_ARGUMENTS = {"kubeadm": ["version", "--output=short"], "kubectl": ["version", "--client", "--short"]}


def check(binary: Path, version: str, *arguments: str) -> None:
    answer = run([binary, *arguments])
    if not re.search(rf"(^|\s){re.escape(version)}\s*$", answer):
        raise LabError(f"{binary.name} was built wrongly: it says {answer.strip()!r}, wanted {version}")


def generate_openapi(module: Module) -> None:
    """Write the definitions that kube-apiserver serves: generated code that the module's zip leaves out.

    The generator reads packages through go/build; a GOPATH that is the vendor directory makes that fast.
    """
    vendor = module.directory / "vendor"
    package = "k8s.io/kubernetes/pkg/generated/openapi"
    if (vendor / package / "zz_generated.openapi.go").exists():
        return
    tools = module.directory / "tools"
    module.build(["k8s.io/kube-openapi/cmd/openapi-gen"], tools, {})
    gopath = module.directory / "gopath"
    gopath.mkdir()
    (gopath / "src").symlink_to(vendor)
    header = module.directory / "header.txt"
    header.touch()
    inputs = {
        file.parent.relative_to(vendor).as_posix()
        for file in (vendor / "k8s.io").rglob("*.go")
        if "kube-openapi" not in file.parts and b"+k8s:openapi-gen=" in file.read_bytes()
    }
    options = [
        f"--go-header-file={header}",
        f"--input-dirs={','.join(sorted(inputs))}",
        f"--output-package={package}",
        "--output-file-base=zz_generated.openapi",
        f"--output-base={module.directory / 'generated'}",
        f"--report-filename={module.directory / 'violations'}",
    ]
    environment = {"GO111MODULE": "off", "GOPATH": str(gopath), "PATH": f"{module.go_command.parent}:/usr/bin:/bin"}
    run([tools / "openapi-gen", *options], cwd=module.directory, env=environment)
    shutil.copy(module.directory / "generated" / package / "zz_generated.openapi.go", vendor / package)
