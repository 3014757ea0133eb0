"""A program that takes what it is told and never answers."""

import time

from storage.beside import what_to_do_with

what_to_do_with()
time.sleep(600)
