"""The office's web pages: sign-in, dashboard, petitions, units, staff, exports."""
