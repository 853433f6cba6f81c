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
   taken back. `watching` and `owing` look at spans of time and at money, `leaving` and `risking` at who goes,
   `caring` at what an operator cares about.
6. `telling` writes that down and asks `responses`. Notices go out (`noticing`); of all that they propose for
   a record (of plans what the `calculator` finds to be the cheapest that is enough), one offer at most is
   made (`offering`), by the policy (`responses.policy`), by the gate of porting (`responses.gate`) and by
   what is remembered of contact (`core.contact`). `outcomes` takes in what becomes of it.
7. Whoever shares an allowance sends the record on (`travelling`) to its group (`groups`), charges to its
   account (`accounts`), and a question about porting to the device it came from (`origins`), which are states
   like any other, in partitions of their own.

Every record gets one disposition in the `ledger`: ``read = applied + duplicate + held + dead``.

A `pipeline.Pipeline` is all of that for one partition. Two drivers move it: `replay` over the lines of a
file, and `kafka.partition` over the topics of a cluster, where outputs, states and input offsets are
committed in one transaction, so that a record counts once whatever dies when.

Time (WIRE.md): a record's own event time decides period and window; its arrival decides lateness, from the
record alone; a partition's clock, which is the newest arrival, drives timers and nothing else.

Bounds. A worker holds 150 MB of itself; of its partitions' states what they weigh, up to three times while
it works on them; and for each partition 32 MB of buffers and 10 kB for each record of a transaction,
whatever waits on the broker and however slowly that answers (shown in ``tests/kafka/test_bounds.py``).
Nothing in it grows without end:

==============================  ====================================================================
what is fetched                 2 MiB an answer; of an input's partition 1 MiB in the client and 8 MiB
                                or 16,000 records in its buffer, then it is held; ``USAGEWATCH_BUFFER_MIB``
                                for all of them together
given to a dead agent           64 MiB
a transaction                   ``USAGEWATCH_BATCH_RECORDS`` (10,000), 10,000 outputs, 1,000 subscribers by
                                timers or a release
a state                         each collection as it says where it is declared
states                          by subscribers; a stranger's goes after three days
held records                    100 and 64 KiB a subscriber, 256 MiB a partition, three days
timers                          one a subscriber, stale ones fewer than the true ones and 1,024
decoded states kept             1,024 a partition
restores                        four at a time, 16 MiB each
plans and add-ons               100,000 and 10,000
caches                          each by number
metrics                         labels from closed lists, and the partitions that the worker has
==============================  ====================================================================

Read next: `schemas.cdr`, `core.period`, `core.subscriber`, `pipeline`, `signals.near_limit`,
`kafka.partition`, `kafka.transaction`, `kafka.worker`.
"""
