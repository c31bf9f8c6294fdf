"""Asking an expert: requests, the teams who answer, and how soon."""
