"""What each page does: read, check, call the domain, and place the result on a page."""
