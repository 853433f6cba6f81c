"""What a subscriber's usage is: periods, buckets, windows, identities, and the state of all. Pure."""
