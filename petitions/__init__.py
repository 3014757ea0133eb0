"""Phản ánh, kiến nghị (PAKN): kinds, lifecycle, routing, deadlines. Pure: standard library and `offices` only."""
