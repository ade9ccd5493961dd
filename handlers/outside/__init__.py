"""What operations ask of the outside world first (``x-outside``), before their transaction; then the handler has the answer."""
