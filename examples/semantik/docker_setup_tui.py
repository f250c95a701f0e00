"""Asks for what .env needs and writes it."""
