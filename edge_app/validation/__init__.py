"""A study of drowsiness or distraction warnings, computed as EU 2021/1341 and EU 2023/2590 ask; offline only."""
