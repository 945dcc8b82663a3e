"""What leaves driftline after a decision: messages, metrics, summaries."""

from __future__ import annotations

from driftline.notify.summary import failing_verdicts, summary

__all__ = ["failing_verdicts", "summary"]
