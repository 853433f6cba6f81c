"""What a good record does to a subscriber: the state moves, and what there is to look at comes out.

Everything that can refuse a record is checked before the first change, so that a `SchemaError` leaves the
state as it was. `place` says where a record belongs and how late it is, `usage` counts it, `events` takes in
what is done besides using.
"""
