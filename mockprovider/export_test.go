package mockprovider

// Routes lists the operations of the control API as "METHOD /path".
func Routes() []string {
	var all []string
	for _, one := range controlRoutes() {
		all = append(all, one.method+" "+one.path)
	}
	return all
}
