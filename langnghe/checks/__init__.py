"""What `langnghe doctor` looks at: each check finds one thing out and says the way out when it is wrong."""
