"""What went wrong, reported once: taken in from any thread, shown in a banner, and kept in the log.

`faults` and `log_collector` are free of Qt and take from every thread; `banner` and `log_panel` fetch from them in the
GUI thread; `qt_messages` brings what Qt itself complains of.
"""
