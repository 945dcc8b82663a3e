"""Ways to show a report or a decision: text, HTML, JSON. Nothing here decides anything."""
