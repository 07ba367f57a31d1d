package generators

// Renewed is the generator for another run of the same seed: the same shapes and words, other ids,
// phones and wamids. It shares all that is compiled, so it costs next to nothing.
func (g *Generator) Renewed(runID string) *Generator {
	renewed := &Generator{catalog: g.catalog, config: g.config, world: g.world, cast: g.cast, plans: g.plans, script: g.script}
	renewed.config.RunID = runID
	renewed.cast.run = hashText(runID)
	return renewed
}
