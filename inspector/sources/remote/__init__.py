"""Files and objects on other machines: s3://, gs://, az://, https:// through obstore, hf:// through fsspec, sftp://.

    URL -> Address ----> RemoteClient: a store, tried again --+-> RemoteBlob: any range of one object
           what is secret    | counted in ReadCounts          +-> objects: each image below a prefix is a sample
           is kept apart     v
                          Store: ObstoreStore | FsspecStore | SftpStore

A client is opened where it is used: what is sent to a worker is an address, and no connection. Whoever waits for bytes
has asked for many of them beforehand. No text that leaves this package has credentials in it: of what a store or
server says, only a status and an error's name are passed on.
"""
