package checks

func duplicates() []*Check { return nil }
