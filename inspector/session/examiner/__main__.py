"""`python -m inspector.session.examiner`: the child process."""

from inspector.session.examiner.child import main

main()
