"""Who and what the demonstration consists of: people, roles, teams, grants, projects, and the words of tasks."""

from typing import Any

ORGANIZATIONS: dict[str, dict[str, Any]] = {
    "Northwind Robotics": {
        "about": "Builds warehouse robots, and the software that drives them.",
        "domain": "northwind.example",
        "people": [("owner", "Ada Brandt"), ("admin", "Jonas Meyer"), ("member", "Priya Raman"), ("member", "Tomás Silva"),
                   ("member", "Mei Tanaka"), ("guest", "Olga Petrova"), ("collaborator", "Ruth Vogel")],
        "roles": {"dispatcher": ("Dispatcher", "Hands tasks out.", "guest", ["task.create", "task.update"])},
        "teams": {"Field crew": ("Who installs and maintains.", ["Tomás Silva", "Mei Tanaka"])},
        # To a team or a person: a role, on a project, under conditions.
        "grants": [("Field crew", "dispatcher", "OPS", {"while_active": True}),
                   ("Ruth Vogel", "member", "WEB", {})],
        "projects": {
            "FW": ("Firmware", "What runs on the robots.", 90,
                   ["motor driver", "battery monitor", "watchdog", "boot loader", "lidar calibration", "CAN bus timeout"]),
            "WEB": ("Customer portal", "Where customers see their fleet.", 80,
                    ["login page", "fleet map", "invoice export", "alert settings", "usage chart", "password reset"]),
            "OPS": ("Field operations", "Installing and maintaining robots at customers' sites.", 60,
                    ["site survey in Rotterdam", "spare parts list", "charging dock", "safety briefing", "acceptance test"]),
            "OLD": ("Prototype 1", "The first prototype; kept for reference.", 12, ["gripper", "wooden chassis"]),
        },
    },
    "Harbor Clinic": {
        "about": "A clinic by the sea, and its building.",
        "domain": "harbor.example",
        "people": [("owner", "Noor Haddad"), ("admin", "Luca Moretti"), ("member", "Grace Okafor"), ("guest", "Ben Carter")],
        "projects": {
            "CARE": ("Patient care", "Rounds, rosters and equipment.", 50,
                     ["night roster", "infusion pumps", "handover checklist", "triage guideline", "vaccine fridge"]),
            "REN": ("Renovation", "The west wing, floor by floor.", 45,
                    ["fire doors", "elevator", "second floor wiring", "paint for the ward", "window seals"]),
        },
    },
}  # fmt: skip
WORKING = ("owner", "admin", "member")
VERBS = ["Plan", "Review", "Fix", "Replace", "Document", "Test", "Order", "Improve", "Measure", "Clean up"]
WHY = ["Asked for by a customer.", "Found in the last review.", "Needed before the next release.", "Small, but it annoys.",
       "See the notes of Tuesday's meeting.", None]  # fmt: skip
