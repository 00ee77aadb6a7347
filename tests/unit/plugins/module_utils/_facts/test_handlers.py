import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import handlers


@pytest.mark.parametrize(
    "environ, properties, wanted",
    [
        ("HOME=/\0PATH=/a:/b\0X=1\0", {"Environment": "PATH=/c"}, ("/a:/b", "its process")),
        ("", {"Environment": 'A=1 "PATH=/c:/d e" B=2'}, ("/c:/d e", "its unit")),
        ("", {}, ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "systemd's default")),
    ],
)
def test_search_path_of_a_runtime(environ, properties, wanted):
    assert handlers.search_path(environ, properties) == wanted


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("runc version 1.1.5+ds1\ncommit: 1\nspec: 1.0.2-dev\n", {"version": "1.1.5+ds1"}),
        (
            "crun version 1.8.1\ncommit: f8a\nspec: 1.0.0\n+SYSTEMD +SELINUX +CAP +YAJL\n",
            {"version": "1.8.1", "features": ["CAP", "SELINUX", "SYSTEMD", "YAJL"]},
        ),
        ("runsc version release-20260224.0\nspec: 1.1.0-rc.1\n", {"version": "release-20260224.0"}),
        ("something else 1.0\n", {"version": None}),
        (None, {"version": None}),
    ],
)
def test_programs_of_handlers(text, wanted):
    assert handlers.program_facts(text) == wanted
