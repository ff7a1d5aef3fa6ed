"""The trainings of bench_traceml, by what limits them."""

# (milliseconds a sample, a step; workers, epochs, samples; the slow sample's factor)
CASES = {
    "input-bound": (20, 20, 2, 1, 160, 1),
    "step-bound": (2, 60, 2, 1, 160, 1),
    "start-up-bound": (1, 2, 2, 12, 40, 1),
    "straggler-bound": (5, 12, 2, 1, 320, 150),
}
