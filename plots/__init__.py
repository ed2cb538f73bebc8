"""The figures of the reproduction: a script for each, which reads what the experiments left in results/."""
