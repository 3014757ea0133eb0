"""Ratings: questionnaires, scores, targets and verdicts. Pure: standard library and `offices` only."""
