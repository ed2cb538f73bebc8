"""The plumbing: settings and options, runs on disk, files written whole, TensorFlow set up."""
