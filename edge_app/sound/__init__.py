"""The sound of a recording: read, listened to, and fused with what the face said frame by frame. Offline only."""
