"""A page that plays the phones of two citizens against a running server, for trying by hand and for showing."""
