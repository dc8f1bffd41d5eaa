"""Reads a Hermes home with nothing of ours, as the gateway of April 2026 does, and prints it as one JSON document."""

import datetime
import json
import pathlib
import sqlite3
import sys

JSON_COLUMNS = ("tool_calls", "reasoning_details", "codex_reasoning_items")


def read_profile(folder):
    database = sqlite3.connect(folder / "state.db")
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA foreign_keys = ON")
    checks = {
        "integrity": [row[0] for row in database.execute("PRAGMA integrity_check")],
        "foreign_keys": len(list(database.execute("PRAGMA foreign_key_check"))),
        "journal": database.execute("PRAGMA journal_mode").fetchone()[0],
        "version": database.execute("SELECT version FROM schema_version LIMIT 1").fetchone()[0],
    }
    check_index(database)
    sessions = {row["id"]: {"row": dict(row)} for row in database.execute("SELECT * FROM sessions")}
    for name, session in sessions.items():
        rows = database.execute("SELECT * FROM messages WHERE session_id = ? ORDER BY timestamp, id", (name,))
        session["rows"] = [message(row) for row in rows]
        session["lines"] = lines(folder / "sessions" / f"{name}.jsonl")
        longer = len(session["lines"]) > len(session["rows"])
        session["loaded"] = "file" if longer else "database"
    # It goes on writing: the triggers take what is there, and what goes.
    checks["found"] = {
        word: [row[0] for row in database.execute("SELECT rowid FROM messages_fts WHERE messages_fts MATCH ?", (word,))]
        for word in sys.argv[2:]
    }
    for name in sessions:
        database.execute("INSERT INTO messages (session_id, role, content, timestamp) VALUES (?, 'user', 'next', 9e9)", (name,))
    database.execute("DELETE FROM messages")
    check_index(database)
    database.rollback()
    database.close()
    return {"checks": checks, "sessions": sessions, "index": index(folder / "sessions" / "sessions.json")}


def check_index(database):
    """Fails where the full-text index and the messages do not tell the same."""
    database.execute("INSERT INTO messages_fts(messages_fts, rank) VALUES ('integrity-check', 1)")


def message(row):
    record = dict(row)
    for column in JSON_COLUMNS:
        if record[column] is not None:
            record[column].encode("ascii")
            record[column] = json.loads(record[column])
    return record


def lines(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def index(path):
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    for key, entry in entries.items():
        assert entry["session_key"] == key
        for time in (entry["created_at"], entry["updated_at"]):
            assert datetime.datetime.fromisoformat(time).tzinfo is None
    return entries


home = pathlib.Path(sys.argv[1])
profiles = home / "profiles"
folders = {"": home, **({path.name: path for path in sorted(profiles.iterdir())} if profiles.exists() else {})}
print(json.dumps({name: read_profile(folder) for name, folder in folders.items()}))
