"""Words for people: catalogues of texts, and how dates, numbers and percentages are written."""
