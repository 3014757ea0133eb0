"""What a unit reached in a closed period, told once to those who rated it and want to know."""
