package checks

func protocol() []*Check { return nil }
