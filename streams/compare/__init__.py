"""Our totals held against billing's: who differs, and by how much.

`billing` reads what billing says, `differences` takes our states one after the other and keeps what differs.
Both are pure: where files and states come from is the command line's business.
"""
