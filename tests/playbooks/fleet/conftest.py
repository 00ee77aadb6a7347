"""What a fleet does when one of its nodes fails or is lost, by Ansible itself on ten local hosts."""

from __future__ import annotations

import pytest
from playbooks.conftest import play
from playbooks.fleet.fleet import Fleet

__all__ = ["play"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: the other cases, only when named")


@pytest.fixture
def fleet(play, tmp_path):
    return Fleet(play, tmp_path)
