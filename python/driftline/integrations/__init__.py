"""Where driftline meets other tools; each module needs the package it is named after, and nothing here imports it."""
