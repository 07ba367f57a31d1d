package load

import "time"

// Patient is a run that gives what is under way at its end all the time that a busy machine may need.
func Patient(cfg Config) Config {
	cfg.grace, cfg.Timeout = 5*time.Minute, 5*time.Minute
	return cfg
}

// Hasty is a run that gives it the usual time.
func Hasty(cfg Config) Config {
	cfg.grace, cfg.Timeout = 0, 0
	return cfg
}
