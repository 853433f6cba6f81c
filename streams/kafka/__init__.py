"""Everything that talks to a broker.

::

    worker ── Faust application: process, group membership, assignment
      │  transport    one message per (partition, fetch), held partitions
      │    consumer_thread  fetches, ends of topics, ownership
      │  catalog      follows plans and add-ons
      └─ partition    one per assigned partition number: open, take, commit, reopen
           opening      fence, read, compare
           inputs       buffers and holds what is fetched; merge, pure: in order of arrival
           batch        one attempt at a batch of records, and again without the record that broke it
           changelog    committed offsets and states: read, compared
           tally        metrics that move with the commits
           messages     which partition each output goes to
           transaction  outputs, states and offsets in one Kafka transaction
         health, in a thread of its own, shows the beat that the loop writes
"""
