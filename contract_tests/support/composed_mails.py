"""Composed mails: facts like those that are read when an email about notifications is sent."""

UNSUBSCRIBE = "https://remit.example/api/v1/notifications/unsubscription?token=abc"
ENTRY = {
    "sentence": "A task was assigned to you",
    "title": "ENG-42 Fix",
    "organization": "Northwind",
    "actor": "Ada",
    "count": 3,
}
FACTS = {"entries": [ENTRY], "more": 2, "unsubscribe_label": "Stop", "unsubscribe_url": UNSUBSCRIBE}
