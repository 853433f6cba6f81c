"""Work for people (topic ``tasks``): what nobody should be told by a machine, or what a machine cannot do."""

from typing import ClassVar, Literal

from msgspec import field

from schemas.fields import Word
from schemas.messages import Message
from schemas.topics import TASKS

TaskKind = Literal["callback", "visit", "account_manager", "agent_hint", "escalation"]


class Task(Message, frozen=True, kw_only=True):
    """Something that a person is to do about a subscriber, by ``due_by``.

    ``channel`` is where the subscriber is reached, ``language`` the one to speak, and ``text`` is read by
    the person who does it. ``cause`` is empty where only a time has come.
    """

    type: TaskKind
    """The same as ``kind``, so that a reader of headers can tell tasks apart."""
    kind_: TaskKind = field(name="kind")
    assignee_role: Word
    """Whose work it is: ``care_agent``, ``account_manager``, ``porting_desk``, ..."""
    reason: Word
    """Code of what led here: ``churn_risk``, ``port_code_late``, ..."""
    class_: Literal["service", "commercial"] = field(name="class", default="service")
    """``commercial``: what is to be done is selling, and had to pass as an offer does."""
    TOPIC: ClassVar[str] = TASKS

    def __post_init__(self) -> None:
        """Refuse a task of two kinds, and one that says nothing to do.

        Raises: ValueError naming the field.
        """
        if self.type != self.kind_:
            raise ValueError("type and kind differ")
        for name in ("text", "why"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
