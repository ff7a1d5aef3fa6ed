"""Looks closely at single files, in a process that a hostile file may end: locations in, records out.

    Examiner (a thread, Futures) --request--> pipe --> child: formats, cv2.imread, second_decoder (Qt, Pillow)
                                 <--answer--- pipe <--

`examiner` owns the thread and the queue, `process` the child and its pipes, `frames` and `messages` are what both ends
agree on. `child`, `second_decoder` and `qt_decoder` are loaded in the child alone. `second_look` compares a delivered
image with what the child gives; that happens on this side, on arrays.
"""
