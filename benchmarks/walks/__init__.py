"""One walk: a citizen opens a poster's link, presses a field, a score, "skip" and "no, thanks".

Five Telegram updates, the same for every stack that is measured, and the same rows afterwards.
"""
