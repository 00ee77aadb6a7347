"""A read-only registry over the files that testimages.publish laid out: python3 -m lab.artefacts.registry."""

from __future__ import annotations

import argparse
import hashlib
import json
import ssl
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tree: Path

    def do_GET(self) -> None:
        path = (self.tree / self.path.lstrip("/")).resolve()
        if self.path == "/v2/":
            self.answer(HTTPStatus.OK, b"{}", "application/json")
        elif not path.is_relative_to(self.tree) or not path.is_file():
            self.answer(HTTPStatus.NOT_FOUND, b'{"errors": [{"code": "NAME_UNKNOWN"}]}', "application/json")
        else:
            content = path.read_bytes()
            manifest = path.parent.name == "manifests"
            self.answer(
                HTTPStatus.OK, content, json.loads(content)["mediaType"] if manifest else "application/octet-stream"
            )

    do_HEAD = do_GET

    def answer(self, status: HTTPStatus, content: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(content).hexdigest()}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("certificate", type=Path)
    parser.add_argument("key", type=Path)
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    Handler.tree = options.tree.resolve()
    server = ThreadingHTTPServer((options.address, options.port), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main()
