"""Grades answers by a known truth: pure functions, whose numbers docs/evaluation.md explains."""
