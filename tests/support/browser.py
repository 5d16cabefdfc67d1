"""Debian's Chromium for tests of pages; builder of the session's one browser."""
