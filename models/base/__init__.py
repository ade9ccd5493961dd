"""What every table stands on: settings, the database, the row of the write path, errors, events, pages."""
