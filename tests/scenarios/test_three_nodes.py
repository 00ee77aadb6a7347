"""A rollout in which the others carry what a node leaves: who asks the Service is answered all the time."""

from __future__ import annotations

import pytest
from scenario import Scenario

pytestmark = pytest.mark.three_nodes


def test_no_request_fails_while_all_are_switched(lab: Scenario):
    numbers = lab.cluster.numbers
    if len(numbers) < 3:
        pytest.fail("this wants three nodes: ./lab --profile three-nodes up")
    lab.remember()
    lab.probe()
    run = lab.play("switch-runtime.yml", patience=2400)
    service = lab.answered()

    assert run.code == 0, run.failures()
    print(f"three nodes in {run.seconds:.0f} s: {service['requests']} requests, failed: {service['failed']}")
    assert service["requests"] > 1000 and not service["failed"], service
    for number in numbers:
        lab.assert_on_target(number)
    # One after the other, and each of them was in its window once.
    windows = [lab.windows(number) for number in numbers]
    assert [len(spans) for spans in windows] == [1] * len(numbers), windows
    spans = sorted(span for node in windows for span in node)
    assert all(ended <= began for (_, ended), (began, _) in zip(spans, spans[1:], strict=False)), spans

    again = lab.play("switch-runtime.yml")
    assert again.code == 0 and not again.changed(), again.changed()
