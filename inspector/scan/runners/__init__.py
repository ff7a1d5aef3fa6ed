"""Where the files of a scan are checked: by workers of this machine, or by those of a cluster.

    LocalPartials    SampleMap's workers, which map the index: nothing of it is sent           -> Partial, in order
    ClusterPartials  Chunks -> ClusterRunner.run -> Partial, in any order -> Ahead: put in order -> Partial, in order

Behind `ClusterRunner` is a child process of ours, `driver`, which speaks to Dask or Ray; whatever becomes of the
cluster, it is the child that feels it. In the cluster a worker calls `check(chunk)`, which has the files decoded in a
process of its own: a file that ends that process ends no worker.

    Scan thread                 driver (child)              cluster's worker         its checker (child)
    ClusterRunner  -- Chunk -->  Engine.submit  -- Chunk -->  check(chunk)  -- Chunk -->  CheckFiles
                   <- Partial --  completed     <- Partial --               <- FileReport -- one by one

Once all files are checked, and there are millions, the workers get the hashes of all, and make the `BandSearch`es
among them in the same way: a `SearchTask` goes in place of a Chunk, and pairs come back.
"""
