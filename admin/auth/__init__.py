"""Who is asking: cookies, forged forms, and the door of every page."""
