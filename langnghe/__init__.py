"""The product: command line, settings, and the one place that builds everything."""
