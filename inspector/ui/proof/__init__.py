"""The independent proof of the colours: the files of the shown batch, decoded a second time with Qt's own decoder.

`prover` owns the thread; `second_look` compares, `second_decoder` reads a file. Verdicts come out, as records of the
monitor; `batch` and `viewer` show them.
"""
