package openapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// joined is what another document adds to ours.
type joined struct {
	paths, components object
	tags              []any
}

// readJoined reads the other document. What it says once for all its paths is said at each of them:
// the path of its server, and its security.
func readJoined(text []byte) (joined, error) {
	if len(text) == 0 {
		return joined{}, nil
	}
	root, err := tree(text)
	if err != nil {
		return joined{}, err
	}
	prefix, err := serverPath(root)
	if err != nil {
		return joined{}, err
	}
	tags, _ := root.get("tags").([]any)
	j := joined{components: root.object("components"), tags: tags}
	for _, path := range root.object("paths") {
		item, _ := path.value.(object)
		j.paths = append(j.paths, member{prefix + path.name, secured(item, root.get("security"))})
	}
	return j, nil
}

// serverPath is the path of the document's first server.
func serverPath(root object) (string, error) {
	servers, _ := root.get("servers").([]any)
	if len(servers) == 0 {
		return "", nil
	}
	server, _ := servers[0].(object)
	u, err := url.Parse(server.text("url"))
	if err != nil {
		return "", fmt.Errorf("read server of the joined document: %w", err)
	}
	return strings.TrimSuffix(u.Path, "/"), nil
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// secured gives each operation of a path the security of its document, unless it has its own.
func secured(item object, security any) object {
	for i, m := range item {
		operation, isObject := m.value.(object)
		if isObject && slices.Contains(methods, m.name) && operation.get("security") == nil {
			item[i].value = operation.with("security", security)
		}
	}
	return item
}
