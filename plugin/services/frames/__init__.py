"""The forms in which organisers say what there is to fill: the same in files and in the frames of plans."""
