"""Agents: the device that a ``User-Agent`` names, in words that a person recognizes and that claim no more than it does."""

# In this order: many name the others' products as well.
PRODUCTS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Macintosh", "macOS"), ("Linux", "Linux"), ("X11", "Unix"),
)  # fmt: skip
UNKNOWN = "Unknown device"


def device(agent: str) -> str:
    """``Firefox on Linux``, the name of the program, or ``Unknown device``.  At most 80 characters."""
    product = next((name for mark, name in PRODUCTS if f"{mark}/" in agent), None)
    if product is None:
        product = agent.strip().partition("/")[0].partition(" ")[0][:60]
        product = "" if product == "Mozilla" else product
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    if product and system:
        return f"{product} on {system}"
    return product or system or UNKNOWN
