"""What somebody does to the security log who can write into the database, also as the owner of its tables."""

from contextlib import contextmanager

from models.base.database import database


@contextmanager
def set_back(chain_id):
    """What is logged meanwhile is taken away afterwards, and the end of the chain is again what it was."""
    end = "select last_sequence, seal from security_chains where id = %s"
    with database.connection_context():
        ((sequence, seal),) = database.rows(end, (chain_id,))
    yield
    with database.connection_context():
        assert database.run(
            "delete from security_entries where chain_id = %s and sequence > %s", (chain_id, sequence)
        )
        back = "update security_chains set last_sequence = %s, seal = %s where id = %s"
        assert database.run(back, (sequence, seal, chain_id))


def wipe(chain_id):
    """Nothing of the chain is left."""
    with database.connection_context():
        assert database.run("delete from security_entries where chain_id = %s", (chain_id,))
        assert database.run("delete from security_chains where id = %s", (chain_id,))


def blank(chain_id, sequence, **columns):
    """The personal part of an entry is taken away as if it were erased; ``columns`` are changed with it."""
    sets = "".join(f", {name} = %({name})s" for name in columns)
    sql = f"update security_entries set personal = null, salt = null{sets} where chain_id = %(chain)s and sequence = %(at)s"
    with database.connection_context():
        assert database.run(sql, {**columns, "chain": chain_id, "at": sequence}) == 1
