"""Facts: what the policy asks of a row, kept for when the row itself has changed or is gone."""


class Facts:
    """Stands for a row in front of the policy.  ``scope``, a name that stored facts have, is :attr:`Table.resource_path`."""

    user_id = team_id = created_by_id = None
    assignee_ids = ()

    def __init__(self, noun, id, *, scope=(None,), stream_id=None, **relations):
        self._noun, self.id = noun, id
        self.resource_path, self.stream_id = tuple(scope), stream_id
        for name, value in relations.items():
            setattr(self, name, value)

    def noun(self):
        return self._noun

    @property
    def organization_id(self):
        return self.resource_path[0]


RELATIONS = ("user_id", "team_id", "created_by_id")


def facts_of(row):
    """The facts of a row as JSON: the arguments of :class:`Facts`."""
    facts = {"noun": row.noun(), "id": row.id, "stream_id": getattr(row, "stream_id", None)}
    if getattr(row, "organization_id", None):
        facts["scope"] = list(row.resource_path)
    facts |= {name: value for name in RELATIONS if (value := getattr(row, name, None))}
    if assignees := assignees_read(row):
        facts["assignee_ids"] = list(assignees)
    return facts


def assignees_read(row):
    """The assignees, where they were read with the row; they are not worth a statement of their own."""
    extra = getattr(row, "extra", None)
    return getattr(row, "assignee_ids", ()) if extra is None else extra.get("assignee_ids", ())
