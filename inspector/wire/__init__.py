"""Messages between two processes over a stream: a socket, or the pipes of `ssh`. It knows no session and no record.

    value -> values.encode -> Message -> Link -> frames -> stream -> frames -> Link -> Message -> values.decode -> value

`frames` says how bytes become frames, with limits; `values` turns plain records into bytes and back, and refuses what
is not of the wanted type. A `Link` owns one stream: it sends what is urgent first, cuts what is long, keeps no more in
flight than the line takes (`flight`), and notices within seconds that the other side is silent. There is no pickle in
either direction, nothing is queued without a bound, and what cannot be read ends the link with a sentence.
`address` reads `ssh://` URLs, `ssh` builds the command that runs inspector there, `local_socket` is where a process
listens that outlives its connection, and `relay` joins that socket to standard input and output.
"""
