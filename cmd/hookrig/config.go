package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/hookrig/hookrig/contract"
)

// configName is the file that is looked for, from the current folder up to the repository's root.
const configName = "hookrig.yaml"

// config is a hookrig.yaml: values for flags, and what no flag can say. The zero value says nothing.
type config struct {
	path      string         // "" when there is none
	shown     string         // path from the repository's root
	lines     map[string]int // waived check → line
	settings  []setting
	profiles  map[string][]setting
	start     []string // command and arguments
	restart   bool
	endpoints []endpointConfig // the one named main first, the others as they stand in the file
	waivers   []contract.Waiver
}

// setting is a value for a flag.
type setting struct {
	flag   string
	values []string
	where  string // hookrig.yaml:12
}

// endpointConfig is one consumer endpoint.
type endpointConfig struct {
	name    string
	url     string
	secrets []string
	set     map[string]json.RawMessage
	headers []string // "Name: value"
	where   string
}

// flagKeys says which flag each plain key of the file sets. The keys of a profile are these.
func flagKeys() map[string]string {
	return map[string]string{
		"provider": "provider", "events": "events", "checks": "checks", "exclude_checks": "exclude-checks",
		"seed": "seed", "run_id": "run-id", "phones": "phones", "sample": "sample", "signing": "signing", "aggressive": "aggressive",
		"allow_hosts": "allow-host", "cacert": "cacert", "cert": "cert", "key": "key", "proxy": "proxy",
		"wait_for": "wait-for", "before": "before", "after": "after",
		"timeout": "timeout", "max_body": "max-body", "max_time": "max-time", "concurrency": "concurrency",
		"restart_cmd": "restart-cmd", "fail_next_cmd": "fail-next-cmd", "require_effects": "require-effects",
		"entities": "entities", "mark": "mark", "report": "report", "fail_on": "fail-on", "max_failures": "max-failures",
		"min_coverage": "min-coverage", "baseline": "baseline",
	}
}

// pathKeys are the keys whose values are files beside the config file.
func pathKeys() []string {
	return []string{"sample", "cacert", "cert", "key", "entities", "baseline"}
}

// findConfig looks for the file in the folder and above it, as far as the repository's root; outside of
// a repository only in the folder itself. "" means there is none.
func findConfig(dir string) string {
	inside := false
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			inside = true
			break
		}
		if filepath.Dir(at) == at {
			break
		}
	}
	for at := dir; ; at = filepath.Dir(at) {
		path := filepath.Join(at, configName)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		_, err := os.Stat(filepath.Join(at, ".git"))
		if !inside || err == nil || filepath.Dir(at) == at {
			return ""
		}
	}
}

// fromRepository is the path of a file as seen from its repository's root, with slashes.
func fromRepository(path string) string {
	for at := filepath.Dir(path); ; at = filepath.Dir(at) {
		if !missing(filepath.Join(at, ".git")) {
			if inside, err := filepath.Rel(at, path); err == nil {
				return filepath.ToSlash(inside)
			}
		}
		if filepath.Dir(at) == at {
			return filepath.Base(path)
		}
	}
}

// loadConfig reads the file. Lenient takes variables that are not set for empty: most commands need none
// of the secrets that stand in it.
func (e *env) loadConfig(path string, lenient bool) (*config, error) {
	if path == "" {
		return &config{}, nil
	}
	data, err := e.readInput(path)
	if err != nil {
		return nil, err
	}
	doc := &document{file: path, getenv: e.getenv, lenient: lenient}
	if dir, err := os.Getwd(); err == nil {
		if near, err := filepath.Rel(dir, path); err == nil {
			doc.file = near
		}
	}
	top, err := doc.parse(data)
	if err != nil {
		return nil, err
	}
	r := &configReader{document: doc, config: &config{path: path, shown: fromRepository(path), lines: map[string]int{}}}
	return r.config, r.read(top)
}

// folder is where commands of the config file run: beside it, or in the current folder.
func (e *env) folder() string {
	if e.config == nil || e.config.path == "" {
		return ""
	}
	return filepath.Dir(e.config.path)
}

// joinFailures makes one failure of several, each on a line of its own.
func joinFailures(problems []error) error {
	if len(problems) <= 1 {
		return errors.Join(problems...)
	}
	all := &exitError{code: exitUsage, err: errors.Join(problems...)}
	for _, problem := range problems {
		var f *exitError
		if errors.As(problem, &f) {
			all.hints = append(all.hints, f.hints...)
		}
	}
	return all
}
