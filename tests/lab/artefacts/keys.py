"""Keys of the lab's own: SSH for the nodes and their host key, TLS for the registry. They never leave the cache."""

from __future__ import annotations

from pathlib import Path

from .cache import Log, key_of, made
from .run import run
from .testimages import REGISTRY

YEARS = "3650"


def keys(log: Log) -> Path:
    def build(directory: Path) -> None:
        directory.chmod(0o700)
        for name in ("id_ed25519", "host_ed25519"):
            comment = f"cri-switchover-lab {name}"
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", directory / name])
        authority(directory)

    return made("keys", key_of(Path(__file__), REGISTRY), build, log, "SSH and TLS, 1 s")


def authority(directory: Path) -> None:
    """A certificate authority that the nodes trust, and the registry's certificate signed by it."""
    host = REGISTRY.partition(":")[0]
    names = directory / "names.conf"
    names.write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
    elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca, ca_key, request = directory / "ca.crt", directory / "ca.key", directory / "registry.csr"
    subject = ["-subj", "/CN=cri-switchover lab"]
    run(["openssl", "req", "-x509", *elliptic, "-days", YEARS, *subject, "-keyout", ca_key, "-out", ca])
    run(["openssl", "req", *elliptic, "-subj", f"/CN={host}", "-keyout", directory / "registry.key", "-out", request])
    run(
        [
            "openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
            "-days", YEARS, "-extfile", names, "-out", directory / "registry.crt",
        ]
    )  # fmt: skip
