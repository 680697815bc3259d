"""Renders the marts into one HTML file, and exports them."""
