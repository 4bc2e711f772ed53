"""What a unit keeps of its drivers between drives, where the owner has switched that on: a few numbers each."""
