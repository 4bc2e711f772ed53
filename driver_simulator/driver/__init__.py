"""What a scripted driver does at every instant: lids, gaze, head, face and hands as functions of time."""
