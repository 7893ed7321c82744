"""Arrays in, arrays out: text to vectors, vectors to scores, scores to lists and pairs. Knows no attendee."""
