"""Step 5, judge: observations → findings, ranked, scored, and with what was dismissed marked so."""

from whence.judge.judging import Dismissals, described, judge

__all__ = ["Dismissals", "described", "judge"]
