"""Messages to many chats: written by one official, approved by another, put into the outbox a page at a time."""
