"""Stories through HTTP, noun by noun."""
