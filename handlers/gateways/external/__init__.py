"""The base of the gateways: the only code that connects to other machines, and what holds for each call of them."""
