import http.server
import json
import socketserver
import threading

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker_api, processes
from ansible_collections.cri.switchover.plugins.module_utils._facts.io import NodeError


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = {"/info": (200, b'{"ID": "x"}'), "/none": (404, b'{"message": "no"}')}.get(
            self.path, (200, b"<html>")
        )
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

    def address_string(self):
        return "unix"


@pytest.fixture
def api(tmp_path):
    path = str(tmp_path / "docker.sock")
    with socketserver.UnixStreamServer(path, Api) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield path
        server.shutdown()


def test_docker_api(api):
    assert docker_api.get("/info", 5, api) == (200, {"ID": "x"})
    assert docker_api.get("/none", 5, api) == (404, {"message": "no"})
    with pytest.raises(NodeError, match="not JSON"):
        docker_api.get("/other", 5, api)
    assert json.dumps(processes.listener(api))
    with pytest.raises(NodeError, match="gave no answer"):
        docker_api.get("/info", 5, api + ".absent")
    assert processes.listener(api + ".absent") is None
