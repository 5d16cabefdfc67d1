"""Fish prices, a day ahead."""
