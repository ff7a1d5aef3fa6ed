"""Who loads: worker processes and threads, how they are started, fed, watched and replaced."""
