package main

// profile gives the settings of a profile: those of the config file first, then its built-in ones.
//
//	pr       ends after a minute: what it cuts off is not assessed
//	full     no limits
//	nightly  other messages every night
func (c *config) profile(name string) ([]setting, error) {
	builtin := map[string][]setting{
		"":        nil,
		"pr":      {{"max-time", []string{"60s"}, "profile pr"}},
		"full":    nil,
		"nightly": {{"seed", []string{"random"}, "profile nightly"}},
	}
	own, ours := c.profiles[name]
	base, known := builtin[name]
	if !ours && !known {
		names := append(keysOf(builtin)[1:], keysOf(c.profiles)...)
		return nil, oneOf("profile", name, names)
	}
	return append(append([]setting{}, own...), base...), nil
}
