"""What leaves driftline after a decision: messages, metrics, summaries.

>>> from driftline.notify import Message, Webhook, send
>>> send(Message(dataset="loans", verdict="alert"), [])
[]
"""

from __future__ import annotations

from driftline.notify.apprise_target import AppriseTarget
from driftline.notify.flat_metrics import flat_metrics
from driftline.notify.message import ColumnChange, Message
from driftline.notify.prometheus import write_textfile
from driftline.notify.send import DeliveryError, Failure, Target, send
from driftline.notify.summary import failing_verdicts, summary
from driftline.notify.webhook import Webhook

__all__ = [
    "AppriseTarget",
    "ColumnChange",
    "DeliveryError",
    "Failure",
    "Message",
    "Target",
    "Webhook",
    "failing_verdicts",
    "flat_metrics",
    "send",
    "summary",
    "write_textfile",
]
