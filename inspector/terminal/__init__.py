"""What is drawn in a terminal: a session while it runs, the progress of a scan and a sweep, and the doctor's report.

    session -> watch -> screen (recent_problems, worker_rows) -> terminal;  keys -> watch -> session

`watch` polls the session's immutable snapshot a few times a second, `screen` turns one into lines, and `keys` reads the
keyboard. `scan_progress` and `sweep_progress` show work while it runs, `sweep_curve` and `sweep_report` what a sweep
found, `diagnostics` what the doctor found. Training machines are reached over SSH, so nothing here needs a display, and
nothing imports Qt.
"""
