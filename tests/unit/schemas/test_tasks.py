"""Work for people, as a record."""

import msgspec
import pytest
from msgspec.structs import replace

from schemas.outputs import emit
from schemas.tasks import Task
from streams.responses import respond
from tests.build_found import churn_risk, found


def task() -> Task:
    """Return one."""
    [made] = respond(found(churn_risk(), plan=None))
    assert isinstance(made, Task)
    return made


def test_task_has_the_fields_of_the_wire() -> None:
    """``kind``, ``assignee_role``, ``due_by``, ``reason``, and what all messages have."""
    emitted = emit(task())
    value = msgspec.json.decode(emitted.value or b"")

    assert ("tasks", "callback", b"usagewatch.tasks.callback") == (
        emitted.topic,
        emitted.type,
        dict(emitted.headers)["ce_type"],
    )
    assert {
        *("id", "type", "subscriber_id", "at", "decided_at", "decided_by", "evidence"),
        *("class", "cause", "channel", "priority", "language", "template", "text", "why", "due_by"),
        *("expires_at", "kind", "assignee_role", "reason"),
    } == value.keys()
    assert ("callback", "service") == (value["kind"], value["class"])


def test_task_is_of_one_kind() -> None:
    """``type`` and ``kind`` are the same."""
    with pytest.raises(ValueError, match="kind"):
        replace(task(), type="visit")


@pytest.mark.parametrize("name", ["text", "why"])
def test_task_says_what_to_do_and_why(name: str) -> None:
    """Otherwise nobody can."""
    with pytest.raises(ValueError, match=name):
        replace(task(), **{name: " "})
