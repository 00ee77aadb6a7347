"""Container images without a container engine: one static layer each, as tars for `docker load` and as a registry."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .cache import Log, key_of, made
from .debian import unpacked
from .run import run

SOURCES = Path(__file__).resolve().parents[1] / "images"
REGISTRY = "registry.lab.test:5000"
DIGEST_REPOSITORY = "by-digest"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class Image:
    layer: bytes
    config: bytes

    @classmethod
    def of(cls, layer: bytes, command: list[str], note: str) -> Image:
        config = {
            "architecture": "amd64",
            "os": "linux",
            "created": "2023-02-22T00:00:00Z",
            "config": {
                "Entrypoint": command,
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                "Labels": {"lab.note": note},
                "StopSignal": "SIGTERM",
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
            "history": [{"created": "2023-02-22T00:00:00Z", "created_by": "cri.switchover lab"}],
        }
        return cls(layer, json.dumps(config).encode())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build_images(pool: Path, log: Log) -> Path:
    """`pause.tar`, `web.tar`, `docker-only.tar`, and `registry/` with one more image to be pulled by its digest."""

    def build(directory: Path) -> None:
        scratch = directory / "scratch"
        scratch.mkdir()
        pause = tar_of({"pause": compiled("pause", scratch)}, {})
        busybox = unpacked(pool, "busybox-static", scratch / "busybox") / "bin" / "busybox"
        applets = run([busybox, "--list"]).split()
        files = {"bin/busybox": busybox.read_bytes(), "bin/web": compiled("web", scratch)}
        links = {f"bin/{name}": "busybox" for name in applets if name != "busybox"}
        web = tar_of(files, links)
        shutil.rmtree(scratch)

        save(directory / "pause.tar", "k8s.gcr.io/pause:3.6", Image.of(pause, ["/pause"], "pause"))
        save(directory / "web.tar", "registry.lab.invalid/web:1", Image.of(web, ["/bin/web"], "web"))
        # The name's registry does not exist: once Docker is gone, so is the image, unless somebody carries it over.
        only = Image.of(web, ["/bin/web"], "only Docker has this")
        save(directory / "docker-only.tar", "registry.lab.invalid/docker-only:1", only)
        publish(directory / "registry", DIGEST_REPOSITORY, Image.of(web, ["/bin/web"], "pulled by digest"))

    key = key_of(SOURCES / "pause", SOURCES / "web", pool.name, Path(__file__))
    return made("images", key, build, log, "pause and web servers, about 5 s")


def compiled(name: str, scratch: Path) -> bytes:
    output = scratch / name
    run(["gcc", "-static", "-Os", "-s", "-Wall", "-Werror", "-o", output, SOURCES / name / f"{name}.c"])
    return output.read_bytes()


def tar_of(files: dict[str, bytes], links: dict[str, str]) -> bytes:
    """A layer: the same bytes for the same content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted({str(parent) for path in files for parent in Path(path).parents} - {"."} | {"tmp"}):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(folder)
        for name, content in sorted(files.items()):
            file = tarfile.TarInfo(name)
            file.mode, file.size = 0o755, len(content)
            tar.addfile(file, io.BytesIO(content))
        for name, target in sorted(links.items()):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    return buffer.getvalue()


def save(path: Path, tag: str, image: Image) -> None:
    """What `docker save` would have written."""
    config, layer = f"{sha256(image.config)}.json", f"{sha256(image.layer)}/layer.tar"
    manifest = json.dumps([{"Config": config, "RepoTags": [tag], "Layers": [layer]}]).encode()
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in ((config, image.config), (layer, image.layer), ("manifest.json", manifest)):
            member = tarfile.TarInfo(name)
            member.mode, member.size = 0o644, len(content)
            tar.addfile(member, io.BytesIO(content))


def publish(tree: Path, repository: str, image: Image) -> None:
    """Lay an image out as the files that a registry serves for it (see registry.py)."""
    layer = gzip.compress(image.layer, mtime=0)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": described("application/vnd.docker.container.image.v1+json", image.config),
        "layers": [described("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
    }
    content = json.dumps(manifest).encode()
    home = tree / "v2" / repository
    for folder, name, data in (
        ("blobs", f"sha256:{sha256(image.config)}", image.config),
        ("blobs", f"sha256:{sha256(layer)}", layer),
        ("manifests", f"sha256:{sha256(content)}", content),
        ("manifests", "latest", content),
    ):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / name).write_bytes(data)


def described(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(content), "digest": f"sha256:{sha256(content)}"}


def digest_reference(images: Path) -> str:
    """The full name of the image that no node has before it pulls it."""
    (manifest,) = (images / "registry" / "v2" / DIGEST_REPOSITORY / "manifests").glob("sha256:*")
    return f"{REGISTRY}/{DIGEST_REPOSITORY}@{manifest.name}"
