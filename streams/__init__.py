"""Usagewatch: exact usage of each subscriber, what it means, and what is said about it.

Theory of operation
===================

One record goes in, a new state and some records come out; everything that waits, listens or looks at a
clock lives in few, small files at the edge (`streams.kafka`, `streams.cli`). The rest is pure: the same bytes
in give the same bytes out, from a file or from Kafka.

The way of a record (`intake`):

1. `schemas.decode` makes a typed record of its bytes, or says the first reason why not.
2. `core.identity` knows whether the subscriber has had it: then it is a duplicate, or a conflict.
3. Without a profile or a plan it is held, raw, bounded in number, size and time.
4. `observe` adds it to the billing period that its event time falls into, and to the rolling windows; what
   it corrects or replaces is taken off. `applying` calls it, for events and timers too.
5. `signals` say what is true of what changed; `signals.raising` decides what of it is said, said again or
   taken back. `watching` and `owing` look at spans of time and at money.
6. `telling` writes that down and asks `responses`: a notice always, an offer only where it may be made.
7. Whoever shares an allowance sends the record on (`travelling`) to its group (`groups`), and charges to its
   account (`accounts`), which are states like any other, in partitions of their own.

Every record gets one disposition in the `ledger`: ``read = applied + duplicate + held + dead``.

A `pipeline.Pipeline` is all of that for one partition. Two drivers move it: `replay` over the lines of a
file, and `kafka.partition` over the topics of a cluster, where outputs, states and input offsets are
committed in one transaction, so that a record counts once whatever dies when.

Time (WIRE.md): a record's own event time decides period and window; its arrival decides lateness, from the
record alone; a partition's clock, which is the newest arrival, drives timers and nothing else.

Read next: `schemas.cdr`, `core.period`, `core.subscriber`, `pipeline`, `signals.near_limit`,
`kafka.partition`, `kafka.transaction`, `kafka.worker`.
"""
