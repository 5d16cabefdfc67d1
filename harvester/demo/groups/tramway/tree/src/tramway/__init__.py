"""Tramway delays, a quarter of an hour ahead."""
