"""How the people of a clip are staged; with numbers alone, so that commands can list them."""

STAGINGS = {"mixed": (1, 6), "crossings": (1, 8), "exits": (1, 8), "recordings": (1, 8), "throng": (2, 12),
            "care": (2, 6)}  # fewest and most people
